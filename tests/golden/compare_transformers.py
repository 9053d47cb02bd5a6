"""Proves that `dsocr` computes what transformers' independent class of the same network computes.

Usage: compare_transformers.py --dsocr build/dsocr --work DIR [--golden ../shared/golden/model] [--keep]

A network of full size in all but its depth gets random weights from `dsocr model init`; transformers runs it
in every resolution mode, and `dsocr model verify` has to find the same numbers. Once with full attention and
once with a window over the generated tokens. With --golden, transformers is first held against the official
code's numbers, so that all three are tied together. Exit status 1 when anything differs.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy
import torch
from safetensors.torch import load_file, save_file
from unlimited_ocr import IMAGE_TOKEN_ID, SOME_WEIGHTS, balancing_loss, load, normalise, num_image_tokens, versions

# How `dsocr` makes the networks.
INIT = ["model", "init", "--preset", "full", "--seed", "1", "--dtype", "float32"]
NUM_LAYERS, WINDOW = 2, 5
CUT = [f"decoder.num_layers={NUM_LAYERS}", "decoder.num_experts=8"]
WINDOWED = ["decoder.attention=" + json.dumps(["sliding_window"] * NUM_LAYERS), f"decoder.sliding_window={WINDOW}"]
VARIANTS = {"full": CUT, "windowed": CUT + WINDOWED}


class Case(NamedTuple):
    base_size: int = 0  # 0: no image.
    tile_size: int = 0
    columns: int = 0
    rows: int = 0
    tail: int = 16  # Logits of so many last positions; 0: of all.


CASES = {"text": Case(tail=0), "tiny": Case(512, tail=0), "small": Case(640), "base": Case(1024)}
CASES |= {"large": Case(1280), "gundam": Case(1024, 640, 2, 1)}
# The window acts on generated tokens only: the other modes would repeat what "full" has shown.
CASES_OF = {"full": [*CASES, "train"], "windowed": ["text", "tiny"]}
NUM_STEPS = 24
TEXT_IDS = [201, 5679, 270, 4040, 16, 128818, 99, 70000, 1203]
ANSWER_IDS = [671, 8805, 344, 260, 128822, 33, 90210, 1]
INPUTS = ("input_ids", "pixel_global_u8", "pixel_tiles_u8", "images_spatial_crop")


def pixels(rng: numpy.random.Generator, count: int, side: int) -> torch.Tensor:
    """Random bytes [count, 3, side, side] with soft shapes and some noise, as a photograph has."""
    coarse = torch.from_numpy(rng.integers(0, 256, (count, 3, side // 32, side // 32))).float()
    soft = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
    noise = torch.from_numpy(rng.integers(-24, 25, (count, 3, side, side)))
    return (soft.round() + noise).clamp(0, 255).to(torch.uint8)


def inputs_of(name: str) -> dict[str, torch.Tensor]:
    case = CASES[name]
    rng = numpy.random.default_rng([20251018, list(CASES).index(name)])
    ids = [0] + TEXT_IDS
    tensors = {"images_spatial_crop": torch.tensor([[case.columns or 1, case.rows or 1]], dtype=torch.int32)}
    if case.base_size:
        placeholders = num_image_tokens(case.base_size, case.tile_size, case.columns, case.rows)
        ids = [0] + [IMAGE_TOKEN_ID] * placeholders + TEXT_IDS
        tensors["pixel_global_u8"] = pixels(rng, 1, case.base_size)
    if case.columns:
        tensors["pixel_tiles_u8"] = pixels(rng, case.columns * case.rows, case.tile_size)
    tensors["input_ids"] = torch.tensor([ids], dtype=torch.int32)
    return tensors


def arguments_of(inputs: dict[str, torch.Tensor]) -> dict:
    arguments = {"input_ids": inputs["input_ids"].long()}
    if "pixel_global_u8" in inputs:
        arguments["pixel_values"] = normalise(inputs["pixel_global_u8"])
    if "pixel_tiles_u8" in inputs:
        arguments["pixel_values_local"] = normalise(inputs["pixel_tiles_u8"])
        arguments["num_local_patches"] = [len(inputs["pixel_tiles_u8"])]
        arguments["patches_grid"] = inputs["images_spatial_crop"].tolist()
    return arguments


@torch.no_grad()
def run(model, inputs: dict[str, torch.Tensor], tail: int, num_steps: int) -> dict[str, torch.Tensor]:
    """Image tokens, logits of the prompt, and greedy tokens (never stopping) with their logits."""
    output = model(**arguments_of(inputs), use_cache=True, logits_to_keep=tail)
    results = {"logits_tail" if tail else "logits": output.logits}
    if output.image_hidden_states is not None:
        results["image_tokens"] = output.image_hidden_states[0]
    tokens, logits, cache = [], [output.logits[0, -1]], output.past_key_values
    for _ in range(num_steps):
        tokens.append(logits[-1].argmax())
        output = model(input_ids=tokens[-1].view(1, 1), past_key_values=cache, use_cache=True)
        logits.append(output.logits[0, -1])
    results["greedy_tokens"] = torch.stack(tokens).to(torch.int32)
    results["greedy_logits"] = torch.stack(logits[:-1])
    return results


def train(model, prompt: dict[str, torch.Tensor], alpha: float) -> tuple[dict[str, torch.Tensor], dict]:
    """Gradients of a training step on an answer after a prompt, the vision part's included, and its scalars."""
    inputs = dict(prompt)
    length = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], torch.tensor([ANSWER_IDS])], dim=1)
    labels = torch.tensor([[-100] * length + ANSWER_IDS])
    parameters = dict(model.named_parameters())
    # Nothing but some: all gradients would take as much memory as the weights.
    model.requires_grad_(False)
    for name, _ in SOME_WEIGHTS.values():
        parameters[name].requires_grad_(True)
    model.train()
    output = model(**arguments_of(inputs), labels=labels, use_cache=False, output_router_logits=True)
    num_chosen = model.config.text_config.num_experts_per_tok
    aux_losses = [balancing_loss(logits, num_chosen, alpha) for logits in output.router_logits]
    (output.loss + sum(aux_losses)).backward()
    tensors = {"logits": output.logits.detach()}
    for official_name, (name, part) in SOME_WEIGHTS.items():
        tensors["grad." + official_name] = parameters[name].grad[part]
    scalars = {"ce_loss": output.loss.item(), "aux_losses": [loss.item() for loss in aux_losses]}
    return tensors, scalars | {"input_ids": inputs["input_ids"][0].tolist(), "labels": labels[0].tolist()}


def error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference, as a part of the largest value."""
    return float((actual - expected).abs().max() / expected.abs().max())


def compare_with_official(golden: Path, tolerance: float) -> bool:
    """Holds transformers against the official code's numbers on its tiny network."""
    model, report = load(golden, torch.float32, "eager")
    print(f"transformers against the official code ({golden}), loaded: {report}")
    good = True
    for name in ("text", "single", "tiled"):
        expected = load_file(golden / f"{name}.safetensors")
        results = run(model, expected, 0, len(expected["greedy_tokens"]))
        same = torch.equal(results.pop("greedy_tokens"), expected["greedy_tokens"])
        errors = {tensor: error(value, expected[tensor]) for tensor, value in results.items()}
        print(f"  {name:8}", "".join(f"{tensor} {value:.1e}  " for tensor, value in errors.items()), "tokens", same)
        good = good and same and all(value <= tolerance for value in errors.values())
    return good


def move_constants(checkpoint: Path) -> None:
    """Adds noise to weights that are all alike (biases, norms): with zeros, what they do would go untested."""
    generator = torch.Generator().manual_seed(2)
    for shard in sorted(checkpoint.glob("*.safetensors")):
        tensors = load_file(shard)
        for name in sorted(tensors):
            if tensors[name].is_floating_point() and tensors[name].min() == tensors[name].max():
                tensors[name] = tensors[name] + 0.02 * torch.randn(tensors[name].shape, generator=generator)
        # Never written over in place: the tensors are a view of the file.
        save_file(tensors, shard.with_suffix(".new"), metadata={"format": "pt"})
        shard.with_suffix(".new").replace(shard)


def make_golden(checkpoint: Path, folder: Path, cases: list[str]) -> None:
    """A folder laid out as golden/model, with transformers' numbers."""
    folder.mkdir()
    config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    config["golden"] = {"image_token_id": IMAGE_TOKEN_ID, "made_by": "transformers", **versions()}
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    for file in [*checkpoint.glob("*.safetensors"), *checkpoint.glob("*.index.json")]:
        (folder / file.name).symlink_to(file.resolve())
    model, report = load(checkpoint, torch.float32, "eager")
    print(f"transformers, loaded: {report}", flush=True)
    for name in cases:
        if name == "train":  # The last: it leaves the model in training mode.
            tensors, scalars = train(model, inputs_of("tiny"), config["aux_loss_alpha"])
            expected = {"train_all": {"samples": ["tiny"], **scalars}}
            (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
            print(f"  train    loss {scalars['ce_loss']:.4f}", flush=True)
        else:
            tensors = inputs_of(name)
            tensors |= run(model, tensors, CASES[name].tail, NUM_STEPS)
            best = tensors["greedy_logits"].topk(2).values
            ahead = float((best[:, 0] - best[:, 1]).min())
            print(f"  {name:8} {tensors['input_ids'].shape[1]} ids, best token {ahead:.1e} ahead or more", flush=True)
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")


def check(folder: Path, cases: list[str], results: Path, tolerance: float) -> bool:
    """Prints the errors of a variant; false when a tensor is missing or off by too much."""
    if not results.exists():
        return False  # dsocr has said why.
    rows = {(row["case"], row["tensor"]): row for row in json.loads(results.read_text(encoding="utf-8"))["rows"]}
    wanted = [(case, name) for case in cases for name in sorted(load_file(folder / f"{case}.safetensors"))]
    wanted = [("train_all" if case == "train" else case, name) for case, name in wanted if name not in INPUTS]
    good = True
    for case, name in [*wanted, *sorted(set(rows) - set(wanted))]:
        row = rows.get((case, name), {"ok": False, "max_rel": None})
        # JSON has null for NaN, which must not pass.
        value = float("nan") if row["max_rel"] is None else row["max_rel"]
        fine = row["ok"] and value <= (0 if name == "greedy_tokens" else tolerance)
        print(f"  {case:9} {name:62} {value:.1e}{'' if fine else '  BAD'}")
        good = good and fine
    return good


def window_matters(full: Path, windowed: Path) -> bool:
    """The windowed numbers must part from the full ones exactly when the first token leaves the window."""
    a, b = (load_file(folder / "text.safetensors")["greedy_logits"] for folder in (full, windowed))
    inside, outside = error(b[: WINDOW + 1], a[: WINDOW + 1]), error(b[WINDOW + 1], a[WINDOW + 1])
    print(f"window of {WINDOW}: difference to full attention {inside:.1e} before it acts, {outside:.1e} after")
    return inside <= 1e-5 and outside > 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dsocr", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="new folder, for up to 7 GB")
    parser.add_argument("--golden", type=Path, help="the official code's numbers (golden/model)")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="error / largest value (default %(default)s)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the weights and numbers in the work folder")
    arguments = parser.parse_args()
    if arguments.work.exists():
        parser.error(f"{arguments.work} exists already")
    torch.set_num_threads(arguments.threads)

    good = arguments.golden is None or compare_with_official(arguments.golden, arguments.tolerance)
    try:
        for variant, settings in VARIANTS.items():
            work = arguments.work / variant
            work.mkdir(parents=True)
            checkpoint, golden = work / "ckpt", work / "golden"
            options = [option for setting in settings for option in ("--set", setting)]
            subprocess.run([arguments.dsocr, *INIT, *options, "--out", checkpoint], check=True)
            move_constants(checkpoint)
            make_golden(checkpoint, golden, CASES_OF[variant])
            verify = [arguments.dsocr, "model", "verify", golden, "--out", work / "verify"]
            good = subprocess.run(verify, check=False).returncode == 0 and good
            print(f"dsocr against transformers, {variant}: largest error / largest value", flush=True)
            results = work / "verify" / "results.json"
            good = check(golden, CASES_OF[variant], results, arguments.tolerance) and good
            if not arguments.keep:
                shutil.rmtree(checkpoint)  # Room for the next.
        good = window_matters(*(arguments.work / variant / "golden" for variant in VARIANTS)) and good
    finally:
        if not arguments.keep:
            shutil.rmtree(arguments.work, ignore_errors=True)
    print("equal" if good else "NOT equal")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

"""Speed of transformers' class of this network, to set beside `dsocr bench encode` and `dsocr bench decode`.

Usage: reference_model.py CHECKPOINT --stage encode|prefill|decode [--dtype bfloat16] [--threads 1] ...
encode: vision tower, projector and row ends of B views. prefill: the decoder over B prompts of an image and text
ids with an empty cache, up to the logits of the last position. decode: greedy steps after such a prefill. Prints
one JSON object; "seconds" has the time of each repeat, after one repeat of warm-up that is not reported, and
"work" is the number of views (encode), prompt ids (prefill) or new tokens (decode) in a repeat. Nothing is random.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))
from unlimited_ocr import load, normalise, num_image_tokens, versions  # noqa: E402

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def view(side: int) -> torch.Tensor:
    """The bytes [3, side, side] of a picture that any program can make."""
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(side), torch.arange(side), indexing="ij")
    return ((x * 3 + y * 5 + c * 85 + ((x * y) >> 4)) & 255).to(torch.uint8)


def prompt(model, num_image: int, num_text: int) -> torch.Tensor:
    return torch.tensor([0] + [model.config.image_token_id] * num_image + [1000 + 37 * i for i in range(num_text)])


def forget_peak() -> None:
    """Makes the peak that peak_memory() gives start from now: loading has a higher one."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_memory() -> int:
    """Largest resident size since forget_peak(), the weights included, in bytes."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


class Stages:
    """Each stage runs its work once and returns the seconds of its parts."""

    def __init__(self, model, arguments: argparse.Namespace) -> None:
        self.model, self.new_tokens, self.tokens = model, arguments.new_tokens, []
        batch = arguments.batch
        self.pixels = normalise(view(arguments.view)).to(model.dtype).expand(batch, -1, -1, -1).contiguous()
        ids = prompt(model, num_image_tokens(arguments.view), arguments.prompt_tokens).expand(batch, -1)
        self.work = {"encode": batch, "prefill": ids.numel(), "decode": batch * self.new_tokens}[arguments.stage]
        if arguments.stage != "encode":
            # One view stands for all: they are the same.
            image = model.get_image_features(self.pixels[:1]).pooler_output[0]
            self.embeddings = model.get_input_embeddings()(ids)
            self.embeddings[ids == model.config.image_token_id] = image.repeat(batch, 1)

    def encode(self) -> list[float]:
        start = time.perf_counter()
        self.model.get_image_features(self.pixels)
        return [time.perf_counter() - start]

    def prefill(self) -> list[float]:
        start = time.perf_counter()
        self.output = self.model(inputs_embeds=self.embeddings, use_cache=True, logits_to_keep=1)
        return [time.perf_counter() - start]

    def decode(self) -> list[float]:
        self.prefill()
        cache, seconds = self.output.past_key_values, []
        chosen = [self.output.logits[:, -1:].argmax(-1)]
        for _ in range(self.new_tokens):
            start = time.perf_counter()
            logits = self.model(input_ids=chosen[-1], past_key_values=cache, use_cache=True).logits
            chosen.append(logits[:, -1:].argmax(-1))
            seconds.append(time.perf_counter() - start)
        self.tokens = torch.cat(chosen, dim=1)[0].tolist()
        return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--stage", choices=["encode", "prefill", "decode"], required=True)
    parser.add_argument("--dtype", choices=DTYPES, default="bfloat16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--view", type=int, default=1024, help="side of the global view (default %(default)s)")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--prompt-tokens", type=int, default=8, help="text ids after the image")
    parser.add_argument("--new-tokens", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--experts", help="transformers' experts_implementation; left to transformers by default")
    arguments = parser.parse_args()
    for name in ("threads", "view", "batch", "prompt_tokens", "new_tokens", "repeats"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if arguments.view % 16:
        parser.error("--view must be a multiple of 16")
    torch.set_num_threads(arguments.threads)

    model, _ = load(arguments.checkpoint, DTYPES[arguments.dtype], arguments.experts)
    parts = []
    with torch.inference_mode():
        stages = Stages(model, arguments)
        run = getattr(stages, arguments.stage)
        run()
        forget_peak()
        for _ in range(arguments.repeats):
            parts.append(run())
    result = versions()
    for name in ("stage", "dtype", "threads", "view", "batch", "prompt_tokens", "new_tokens"):
        result[name] = getattr(arguments, name)
    result["attention"] = model.config._attn_implementation
    result["experts"] = model.config.text_config._experts_implementation
    result["work"] = stages.work
    result["seconds"] = [sum(part) for part in parts]
    result["peak_memory_bytes"] = peak_memory()
    if arguments.stage == "decode":
        result["step_seconds"] = parts
        # The prefill's token first, then one of each step.
        result["tokens"] = stages.tokens
    print(json.dumps(result))


if __name__ == "__main__":
    main()

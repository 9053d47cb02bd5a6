"""Speed of transformers' class of this network, to set beside `dsocr bench encode` and `dsocr bench decode`.

Usage: reference_model.py CHECKPOINT --stage encode|prefill|decode [--dtype bfloat16] [--threads 1] ...
encode: vision tower, projector and row ends of B views. prefill: the decoder over B prompts of an image and text
ids with an empty cache, up to the logits of the last position. decode: greedy steps after such a prefill. Nothing is
random. Prints one JSON object, after one repeat of warm-up that is not reported:
  seconds            of every repeat; in decode of every step of every repeat
  work               number of views (encode), prompt ids (prefill) or new tokens (decode) of one entry of `seconds`
  values             what was computed. encode: mean magnitude of each vector of a view; prefill: of the logits;
                     decode: the tokens of the first row, the prefill's first
  peak_memory_bytes  largest resident size of the repeats, the weights included; null on another device than the CPU
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

from peak_memory import forget_peak, peak_memory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))
from unlimited_ocr import load, normalise, num_image_tokens, versions  # noqa: E402

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def view(side: int) -> torch.Tensor:
    """The bytes [3, side, side] of a picture that any program can make."""
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(side), torch.arange(side), indexing="ij")
    return ((x * 3 + y * 5 + c * 85 + ((x * y) >> 4)) & 255).to(torch.uint8)


def prompt(model, num_image: int, num_text: int) -> torch.Tensor:
    # Any ids but that of the image.
    image = model.config.image_token_id
    text = [(1000 + 37 * i) % (model.config.text_config.vocab_size // 2) for i in range(num_text)]
    return torch.tensor([0] + [image] * num_image + [id + (id == image) for id in text])


def magnitudes(vectors: torch.Tensor) -> list[float]:
    return vectors.double().abs().mean(-1).tolist()


class Stages:
    """Each stage runs its work once and returns the seconds of its parts."""

    def __init__(self, model, arguments: argparse.Namespace) -> None:
        self.model, self.new_tokens, self.values = model, arguments.new_tokens, []
        batch = arguments.batch
        pixels = normalise(view(arguments.view)).to(model.dtype).to(model.device)
        self.pixels = pixels.expand(batch, -1, -1, -1).contiguous()
        ids = prompt(model, num_image_tokens(arguments.view), arguments.prompt_tokens).expand(batch, -1)
        self.work = {"encode": batch, "prefill": ids.numel(), "decode": batch}[arguments.stage]
        if arguments.stage != "encode":
            # One view stands for all: they are the same.
            image = model.get_image_features(self.pixels[:1]).pooler_output[0]
            ids = ids.to(model.device)
            self.embeddings = model.get_input_embeddings()(ids)
            self.embeddings[ids == model.config.image_token_id] = image.repeat(batch, 1)

    def timed(self, work) -> float:
        start = time.perf_counter()
        work()
        if self.model.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    def encode(self) -> list[float]:
        def work() -> None:
            self.features = self.model.get_image_features(self.pixels).pooler_output

        seconds = self.timed(work)
        self.values = magnitudes(self.features[-1])
        return [seconds]

    def prefill(self) -> list[float]:
        def work() -> None:
            self.output = self.model(inputs_embeds=self.embeddings, use_cache=True, logits_to_keep=1)

        seconds = self.timed(work)
        self.values = magnitudes(self.output.logits[:1, -1])
        return [seconds]

    def decode(self) -> list[float]:
        self.prefill()
        cache = self.output.past_key_values
        chosen = [self.output.logits[:, -1:].argmax(-1)]

        def step() -> None:
            logits = self.model(input_ids=chosen[-1], past_key_values=cache, use_cache=True).logits
            chosen.append(logits[:, -1:].argmax(-1))

        seconds = [self.timed(step) for _ in range(self.new_tokens)]
        self.values = torch.cat(chosen, dim=1)[0].tolist()
        return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--stage", choices=["encode", "prefill", "decode"], required=True)
    parser.add_argument("--dtype", choices=DTYPES, default="bfloat16")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default %(default)s)")
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
    model.to(arguments.device)
    seconds = []
    with torch.inference_mode():
        stages = Stages(model, arguments)
        run = getattr(stages, arguments.stage)
        run()
        counts = forget_peak() and model.device.type == "cpu"
        for _ in range(arguments.repeats):
            seconds += run()
    result = versions()
    for name in ("stage", "dtype", "device", "threads", "view", "batch", "prompt_tokens", "new_tokens"):
        result[name] = getattr(arguments, name)
    result["attention"] = model.config._attn_implementation
    result["experts"] = model.config.text_config._experts_implementation
    result["work"] = stages.work
    result["seconds"] = seconds
    result["values"] = stages.values
    result["peak_memory_bytes"] = peak_memory() if counts else None
    print(json.dumps(result))


if __name__ == "__main__":
    main()

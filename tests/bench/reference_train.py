"""Training of the whole network in plain PyTorch, to set beside `dsocr bench train`.

Usage: reference_train.py CHECKPOINT [--view 512] [--batch 4] [--text-tokens 128] [--accumulation 1] ...
The network is that of reference_network.py. Nothing is random. Each page is a picture and a text made by a formula;
page p of a step answers with (p % 4) / 8 less than --text-tokens.

A conversation, one JSON object a line: first what runs here; then for each line of input
  step    one update of the weights: its loss, aux_loss and grad_norm
  forget  the peak of memory starts anew: {}
  peak    largest resident size since then, in bytes: peak_memory_bytes, null where the system cannot tell
"""

import argparse
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from peak_memory import forget_peak, peak_memory
from reference_network import DeepseekOcr, load

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PAD_ID, IGNORED = 2, -100
NUM_QUESTION = 4  # text ids between the picture and the answer


def picture(side: int, page: int) -> torch.Tensor:
    """The bytes [3, side, side] of a picture that any program can make."""
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(side), torch.arange(side), indexing="ij")
    return ((x * 3 + y * 5 + c * 85 + ((x * y) >> 4) + page * 29) & 255).to(torch.uint8)


def make_batch(model: DeepseekOcr, first_page: int, arguments: argparse.Namespace) -> dict:
    side = (arguments.view // 16 + 3) // 4
    image = [model.image_token_id] * (side * (side + 1) + 1)
    rows, labels, pixels = [], [], []
    for page in range(first_page, first_page + arguments.batch):
        num_answer = arguments.text_tokens - page % 4 * (arguments.text_tokens // 8)
        text = [(1000 + 37 * i + 101 * page) % (model.keys["vocab_size"] - 1) for i in range(NUM_QUESTION + num_answer)]
        text = [id + (id >= model.image_token_id) for id in text]
        rows.append(torch.tensor([0, *image, *text]))
        labels.append(rows[-1].clone())
        labels[-1][: 1 + len(image) + NUM_QUESTION] = IGNORED
        view = picture(arguments.view, page).float()
        pixels.append((view / 255 - 0.5) / 0.5)
    return {
        "pixels": torch.stack(pixels).to(model.lm_head.weight.dtype),
        "ids": nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD_ID),
        "padding_mask": nn.utils.rnn.pad_sequence(
            [torch.ones(len(row), dtype=torch.bool) for row in rows], batch_first=True
        ),
        "labels": nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=IGNORED),
    }


class Trainer:
    def __init__(self, model: DeepseekOcr, arguments: argparse.Namespace) -> None:
        self.model, self.clip = model, arguments.clip
        self.batches = [make_batch(model, i * arguments.batch, arguments) for i in range(arguments.accumulation)]
        self.num_labels = sum(int((batch["labels"] != IGNORED).sum()) for batch in self.batches)
        self.weights = list(model.parameters())
        # Updates of bfloat16 weights would be lost in rounding: a float32 master of each is updated.
        is_float32 = self.weights[0].dtype == torch.float32
        self.masters = self.weights if is_float32 else [nn.Parameter(w.detach().float()) for w in self.weights]
        groups = [
            {"params": [m for m in self.masters if m.dim() > 1], "weight_decay": arguments.weight_decay},
            {"params": [m for m in self.masters if m.dim() <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups,
            lr=arguments.rate,
            betas=(arguments.beta1, arguments.beta2),
            eps=arguments.epsilon,
            fused=True,
        )

    def step(self) -> dict:
        loss_sum = aux_sum = 0.0
        for batch in self.batches:
            logits, aux_losses = self.model(batch["pixels"], batch["ids"], batch["padding_mask"])
            # Each position is to predict the next id: the labels are shifted, which are smaller than the logits.
            labels = F.pad(batch["labels"], (0, 1), value=IGNORED)[:, 1:]
            loss = F.cross_entropy(
                logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="sum"
            )
            loss = loss / self.num_labels
            aux_loss = sum(aux_losses) / len(self.batches)
            (loss + aux_loss).backward()
            loss_sum += loss.item()
            aux_sum += float(torch.as_tensor(aux_loss).detach())
        norm = nn.utils.clip_grad_norm_(self.weights, self.clip or float("inf"))
        if self.masters is not self.weights:
            for weight, master in zip(self.weights, self.masters):
                master.grad = None if weight.grad is None else weight.grad.float()
        self.optimizer.step()
        if self.masters is not self.weights:
            with torch.no_grad():
                for weight, master in zip(self.weights, self.masters):
                    weight.copy_(master)
        self.model.zero_grad()
        self.optimizer.zero_grad()
        return {"loss": loss_sum, "aux_loss": aux_sum, "grad_norm": norm.item()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--view", type=int, default=512, help="side of the view (default %(default)s)")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--text-tokens", type=int, default=128, help="longest answer (default %(default)s)")
    parser.add_argument("--accumulation", type=int, default=1, help="batches of a step")
    parser.add_argument("--checkpointing", action="store_true", help="blocks keep no activations")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--beta1", type=float, default=0.9)
    parser.add_argument("--beta2", type=float, default=0.999)
    parser.add_argument("--epsilon", type=float, default=1e-8)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--clip", type=float, default=1.0)
    arguments = parser.parse_args()
    for name in ("threads", "view", "batch", "text_tokens", "accumulation"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if arguments.view % 16:
        parser.error("--view must be a multiple of 16")
    torch.set_num_threads(arguments.threads)

    model = load(arguments.checkpoint, DTYPES[arguments.dtype])
    for part in (model, model.model.sam_model, model.model.vision_model):
        part.checkpointing = arguments.checkpointing
    trainer = Trainer(model, arguments)
    counts = forget_peak()
    print(json.dumps({"torch": torch.__version__.split("+")[0], "optimizer": "fused AdamW"}), flush=True)
    for line in sys.stdin:
        answer = {}
        if line.strip() == "step":
            answer = trainer.step()
        elif line.strip() == "forget":
            forget_peak()
        elif line.strip() == "peak":
            answer = {"peak_memory_bytes": peak_memory() if counts else None}
        else:
            raise ValueError(f"unknown request {line!r}")
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

"""Training of the whole network in plain PyTorch, to set beside `dsocr bench train`.

Usage: reference_train.py CHECKPOINT [--view 512] [--batch 4] [--text-tokens 128] [--accumulation 1] ...
The network is written from the specification as people write it: modules with the names of the checkpoint, one view
of every page through the encoder at once, a loop over the experts, logits of all positions. Nothing is random. Each
page is a picture and a text made by a formula; page p of a step answers with (p % 4) / 8 less than --text-tokens.

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
from safetensors.torch import load_file
from torch import nn
from torch.utils.checkpoint import checkpoint

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
IMAGE_TOKEN_ID = 128815
PAD_ID, IGNORED = 2, -100
NUM_QUESTION = 4  # text ids between the picture and the answer


def run(block: nn.Module, checkpointing: bool, *inputs):
    """A block; with checkpointing its activations are computed again in the backward pass."""
    return checkpoint(block, *inputs, use_reentrant=False) if checkpointing else block(*inputs)


def resize_grid(grid: torch.Tensor, side: int) -> torch.Tensor:
    """Position embeddings [1, n, n, C] for another side."""
    if grid.shape[1] == side:
        return grid
    image = grid.permute(0, 3, 1, 2).float()
    image = F.interpolate(image, size=(side, side), mode="bicubic", antialias=True, align_corners=False)
    return image.to(grid.dtype).permute(0, 2, 3, 1)


def relative_rows(table: torch.Tensor, side: int) -> torch.Tensor:
    """Rows of a table [2n - 1, C] for every pair of coordinates: [query, key, C]."""
    if table.shape[0] != 2 * side - 1:
        resized = F.interpolate(table.float().t().unsqueeze(0), size=2 * side - 1, mode="linear", align_corners=False)
        table = resized.squeeze(0).t().to(table.dtype)
    at = torch.arange(side, device=table.device)
    return table[at[:, None] - at[None, :] + side - 1]


class SamAttention(nn.Module):
    def __init__(self, width: int, heads: int, grid: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.empty(2 * grid - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.empty(2 * grid - 1, width // heads))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, side, _, width = x.shape
        qkv = self.qkv(x).view(count, side * side, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        grid_q = q.reshape(count, self.heads, side, side, -1)
        bias_h = torch.einsum("nhyxc,ykc->nhyxk", grid_q, relative_rows(self.rel_pos_h, side)).contiguous()
        bias_w = torch.einsum("nhyxc,xkc->nhyxk", grid_q, relative_rows(self.rel_pos_w, side)).contiguous()
        bias = (bias_h.unsqueeze(-1) + bias_w.unsqueeze(-2)).view(count, self.heads, side * side, side * side)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(out.transpose(1, 2).reshape(count, side, side, width))


class SamMlp(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, inner)
        self.lin2 = nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lin2(F.gelu(self.lin1(x)))


class SamBlock(nn.Module):
    def __init__(self, keys: dict, window: int, grid: int) -> None:
        super().__init__()
        width, eps = keys["width"], keys.get("layer_norm_eps", 1e-6)
        self.window = window  # 0: the whole grid
        self.norm1 = nn.LayerNorm(width, eps)
        self.attn = SamAttention(width, keys["heads"], window or grid)
        self.norm2 = nn.LayerNorm(width, eps)
        self.mlp = SamMlp(width, round(width * keys.get("mlp_ratio", 4)))

    def attend_in_windows(self, x: torch.Tensor) -> torch.Tensor:
        batch, side, _, width = x.shape
        window = self.window
        pad = -side % window
        count = (side + pad) // window
        # The padding takes part in the attention, as in the original.
        x = F.pad(x, (0, 0, 0, pad, 0, pad)).view(batch, count, window, count, window, width)
        x = self.attn(x.transpose(2, 3).reshape(-1, window, window, width))
        x = x.view(batch, count, count, window, window, width).transpose(2, 3)
        return x.reshape(batch, side + pad, side + pad, width)[:, :side, :side]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        attend = self.attend_in_windows if self.window else self.attn
        x = x + attend(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class SamPatchEmbed(nn.Module):
    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)


class SamEncoder(nn.Module):
    def __init__(self, vision: dict) -> None:
        super().__init__()
        self.checkpointing = False
        keys = vision["width"]["sam_vit_b"]
        width, neck, eps = keys["width"], keys.get("out_chans", 256), keys.get("layer_norm_eps", 1e-6)
        middle, last = keys["downsample_channels"]
        patch, window = keys.get("patch_size", 16), keys.get("window_size", 14)
        grid = vision["image_size"] // patch
        self.patch_embed = SamPatchEmbed(width, patch)
        self.pos_embed = nn.Parameter(torch.empty(1, grid, grid, width))
        self.blocks = nn.ModuleList(
            SamBlock(keys, 0 if layer in keys["global_attn_indexes"] else window, grid)
            for layer in range(keys["layers"])
        )
        self.neck = nn.Sequential(
            nn.Conv2d(width, neck, 1, bias=False),
            LayerNorm2d(neck, eps),
            nn.Conv2d(neck, neck, 3, padding=1, bias=False),
            LayerNorm2d(neck, eps),
        )
        self.net_2 = nn.Conv2d(neck, middle, 3, stride=2, padding=1, bias=False)
        self.net_3 = nn.Conv2d(middle, last, 3, stride=2, padding=1, bias=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = self.patch_embed.proj(pixels).permute(0, 2, 3, 1)
        x = x + resize_grid(self.pos_embed, x.shape[1])
        for block in self.blocks:
            x = run(block, self.checkpointing, x)
        return self.net_3(self.net_2(self.neck(x.permute(0, 3, 1, 2))))


class ClipAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, length, width = x.shape
        qkv = self.qkv_proj(x).view(count, length, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        out = F.scaled_dot_product_attention(q, k, v)
        return self.out_proj(out.transpose(1, 2).reshape(count, length, width))


class ClipMlp(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class ClipLayer(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        width, eps = keys["width"], keys.get("layer_norm_eps", 1e-5)
        self.layer_norm1 = nn.LayerNorm(width, eps)
        self.self_attn = ClipAttention(width, keys["heads"])
        self.layer_norm2 = nn.LayerNorm(width, eps)
        self.mlp = ClipMlp(width, keys.get("ffn_hidden_size", 4 * width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class ClipEmbeddings(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        width, patch = keys["width"], keys["patch_size"]
        self.grid = keys["image_size"] // patch
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.patch_embedding = nn.Conv2d(3, width, patch, stride=patch, bias=False)  # never used
        self.position_embedding = nn.Embedding(self.grid**2 + 1, width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        batch, length, width = tokens.shape
        table = self.position_embedding.weight
        grid = resize_grid(table[1:].view(1, self.grid, self.grid, width), round(length**0.5))
        positions = torch.cat([table[:1].unsqueeze(0), grid.reshape(1, length, width)], dim=1)
        return torch.cat([self.class_embedding.expand(batch, 1, width), tokens], dim=1) + positions


class ClipTransformer(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        self.layers = nn.ModuleList(ClipLayer(keys) for _ in range(keys["layers"]))


class ClipEncoder(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        self.checkpointing = False
        self.embeddings = ClipEmbeddings(keys)
        self.pre_layrnorm = nn.LayerNorm(keys["width"], keys.get("layer_norm_eps", 1e-5))
        self.transformer = ClipTransformer(keys)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.pre_layrnorm(self.embeddings(tokens))
        for layer in self.transformer.layers:
            x = run(layer, self.checkpointing, x)
        return x[:, 1:]


class RmsNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.empty(size)), eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


def rotary_table(keys: dict, length: int, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    size = keys["hidden_size"] // keys["num_attention_heads"]
    frequencies = 1 / keys.get("rope_theta", 10000.0) ** (torch.arange(0, size, 2).float() / size)
    angles = torch.arange(length).float()[:, None] * frequencies
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos().to(like), angles.sin().to(like)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


class DecoderAttention(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        size = keys["hidden_size"]
        self.head_size = size // keys["num_attention_heads"]
        kv_size = keys["num_key_value_heads"] * self.head_size
        self.q_proj = nn.Linear(size, size, bias=False)
        self.k_proj = nn.Linear(size, kv_size, bias=False)
        self.v_proj = nn.Linear(size, kv_size, bias=False)
        self.o_proj = nn.Linear(size, size, bias=False)

    def forward(self, x: torch.Tensor, rotary: tuple, mask: torch.Tensor) -> torch.Tensor:
        batch, length, size = x.shape
        q, k, v = (
            layer(x).view(batch, length, -1, self.head_size).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = rotate(q, *rotary), rotate(k, *rotary)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=k.shape[1] != q.shape[1])
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, size))


class GatedMlp(nn.Module):
    def __init__(self, size: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(size, inner, bias=False)
        self.up_proj = nn.Linear(size, inner, bias=False)
        self.down_proj = nn.Linear(inner, size, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Router(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(keys["n_routed_experts"], keys["hidden_size"]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x.float(), self.weight.float()).softmax(dim=-1)


class Moe(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        size, inner = keys["hidden_size"], keys["moe_intermediate_size"]
        self.num_chosen = keys["num_experts_per_tok"]
        self.renormalises = keys.get("norm_topk_prob", False)
        self.scaling = keys.get("routed_scaling_factor", 1.0)
        self.alpha = keys.get("aux_loss_alpha", 0.001)
        self.gate = Router(keys)
        self.experts = nn.ModuleList(GatedMlp(size, inner) for _ in range(keys["n_routed_experts"]))
        num_shared = keys.get("n_shared_experts") or 0
        self.shared_experts = GatedMlp(size, inner * num_shared) if num_shared else None

    def forward(self, x: torch.Tensor, counted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rows = x.flatten(0, 1)
        probabilities = self.gate(rows)
        weights, chosen = probabilities.topk(self.num_chosen, dim=-1)
        if self.renormalises and self.num_chosen > 1:
            weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
        weights = weights * self.scaling
        out = torch.zeros_like(rows, dtype=torch.float32)
        for number, expert in enumerate(self.experts):
            token, place = torch.where(chosen == number)
            # Also without tokens: the gradient of an idle expert is zero, not missing.
            out.index_add_(0, token, expert(rows[token]).float() * weights[token, place, None])
        out = out.to(x.dtype)
        if self.shared_experts is not None:
            out = out + self.shared_experts(rows)
        return out.view_as(x), self.balance(probabilities, chosen, counted)

    def balance(self, probabilities: torch.Tensor, chosen: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
        """The loss that keeps the experts equally busy, over the tokens of the mask `counted` [B, T]."""
        num_experts = probabilities.shape[-1]
        counted = counted.float().unsqueeze(-1)
        count = counted.sum(1)
        times = F.one_hot(chosen, num_experts).sum(1).view(*counted.shape[:2], num_experts)
        share = (times * counted).sum(1) * (num_experts / self.num_chosen) / count
        mean = (probabilities.view(*counted.shape[:2], num_experts) * counted).sum(1) / count
        return self.alpha * (share * mean).sum(1).mean()


class DecoderLayer(nn.Module):
    def __init__(self, keys: dict, layer: int) -> None:
        super().__init__()
        size, eps = keys["hidden_size"], keys.get("rms_norm_eps", 1e-6)
        self.input_layernorm = RmsNorm(size, eps)
        self.self_attn = DecoderAttention(keys)
        self.post_attention_layernorm = RmsNorm(size, eps)
        is_moe = layer >= keys["first_k_dense_replace"]
        self.mlp = Moe(keys) if is_moe else GatedMlp(size, keys["intermediate_size"])

    def forward(self, x: torch.Tensor, rotary: tuple, mask: torch.Tensor, counted: torch.Tensor) -> tuple:
        x = x + self.self_attn(self.input_layernorm(x), rotary, mask)
        inner = self.post_attention_layernorm(x)
        if isinstance(self.mlp, Moe):
            inner, aux_loss = self.mlp(inner, counted)
            return x + inner, aux_loss
        return x + self.mlp(inner), None


class Projector(nn.Module):
    def __init__(self, size_in: int, size_out: int) -> None:
        super().__init__()
        self.layers = nn.Linear(size_in, size_out)


class Body(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        vision, size = keys["vision_config"], keys["hidden_size"]
        clip = vision["width"]["clip-l-14-224"]
        self.embed_tokens = nn.Embedding(keys["vocab_size"], size)
        self.layers = nn.ModuleList(DecoderLayer(keys, layer) for layer in range(keys["num_hidden_layers"]))
        self.norm = RmsNorm(size, keys.get("rms_norm_eps", 1e-6))
        self.sam_model = SamEncoder(vision)
        self.vision_model = ClipEncoder(clip)
        self.projector = Projector(clip["width"] + vision["width"]["sam_vit_b"]["downsample_channels"][-1], size)
        self.image_newline = nn.Parameter(torch.empty(size))
        self.view_seperator = nn.Parameter(torch.empty(size))


class DeepseekOcr(nn.Module):
    def __init__(self, keys: dict) -> None:
        super().__init__()
        self.checkpointing = False
        if keys.get("sliding_window"):
            raise ValueError("the network has layers with a sliding window, which this one has not")
        self.keys = keys
        self.image_token_id = keys.get("image_token_id", IMAGE_TOKEN_ID)
        self.model = Body(keys)
        self.lm_head = nn.Linear(keys["hidden_size"], keys["vocab_size"], bias=False)

    def image_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Views [B, 3, S, S] -> the vectors of their placeholders, [B, N, D]."""
        sam = self.model.sam_model(pixels).flatten(2).transpose(1, 2)
        clip = self.model.vision_model(sam)
        features = self.model.projector.layers(torch.cat([clip, sam], dim=-1))
        batch, length, size = features.shape
        side = round(length**0.5)
        newlines = self.model.image_newline.expand(batch, side, 1, size)
        picture = torch.cat([features.view(batch, side, side, size), newlines], dim=2).flatten(1, 2)
        return torch.cat([picture, self.model.view_seperator.expand(batch, 1, size)], dim=1)

    def forward(self, pixels: torch.Tensor, ids: torch.Tensor, padding_mask: torch.Tensor) -> tuple:
        """Logits [B, T, V] in float32, and the balancing losses of the layers."""
        x = self.model.embed_tokens(ids)
        is_image = (ids == self.image_token_id).unsqueeze(-1)
        x = x.masked_scatter(is_image, self.image_tokens(pixels))
        length = ids.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
        mask = causal & padding_mask[:, None, None, :]
        rotary = rotary_table(self.keys, length, x)
        aux_losses = []
        for layer in self.model.layers:
            x, aux_loss = run(layer, self.checkpointing, x, rotary, mask, padding_mask)
            if aux_loss is not None:
                aux_losses.append(aux_loss)
        return self.lm_head(self.model.norm(x)).float(), aux_losses


def load(folder: Path, dtype: torch.dtype) -> DeepseekOcr:
    keys = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with torch.device("meta"):
        model = DeepseekOcr(keys)
    state = {}
    for file in sorted(folder.glob("*.safetensors")):
        state.update(load_file(file))
    state.pop("model.vision_model.embeddings.position_ids", None)
    model.load_state_dict({name: tensor.to(dtype) for name, tensor in state.items()}, assign=True)
    return model.train()


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


def forget_peak() -> bool:
    """Makes the peak that peak_memory() gives start from now: loading has a higher one. False if it cannot."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True


def peak_memory() -> int:
    """Largest resident size since forget_peak(), in bytes."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


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

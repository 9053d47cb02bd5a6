"""The whole network in plain PyTorch, written from the specification as people write it.

Modules have the names of the checkpoint; one view of every page goes through the encoder at once, experts in a loop,
and there are logits of all positions. `reference_train.py` trains it.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from reference_encoder import ClipEncoder, SamEncoder, run

IMAGE_TOKEN_ID = 128815


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

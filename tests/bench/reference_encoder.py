"""The encoders of reference_network.py: SAM with its compressor, and CLIP."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint


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

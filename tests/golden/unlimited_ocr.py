"""transformers' class of this network, and inputs for it. Used by compare_transformers.py and reference_model.py.

transformers has no DeepSeek-OCR, but `UnlimitedOcrForConditionalGeneration` is the same network when every
decoder layer has "full_attention", and with "reference_sliding_attention" it is Unlimited-OCR.
"""

import json
import os
from pathlib import Path

# Read by the library when it is imported: a folder on this disk is all that is ever loaded.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import UnlimitedOcrConfig, UnlimitedOcrForConditionalGeneration  # noqa: E402

transformers.utils.logging.disable_progress_bar()

IMAGE_TOKEN_ID = 128815
# The class wants a window even where no layer uses it.
UNUSED_WINDOW = 1 << 20
# What the class does and has no setting for.
FIXED = {"use_mla": False, "norm_topk_prob": False, "scoring_func": "softmax", "rope_scaling": None}

TEXT, MOE = "model.language_model.", "model.language_model.layers.1.mlp."
SAM, CLIP = "model.vision_tower.sam_encoder.", "model.vision_tower.vision_encoder."
# Weights from all parts of a full-size network: official name -> (the class's parameter, part of it). The class
# keeps all experts of a layer in one tensor, an expert's gate rows above its up rows.
SOME_WEIGHTS = {
    "model.norm.weight": (TEXT + "norm.weight", ...),
    "model.layers.0.self_attn.q_proj.weight": (TEXT + "layers.0.self_attn.q_proj.weight", ...),
    "model.layers.1.mlp.gate.weight": (MOE + "gate.weight", ...),
    "model.layers.1.mlp.shared_experts.up_proj.weight": (MOE + "shared_experts.up_proj.weight", ...),
    "model.layers.1.mlp.experts.0.gate_proj.weight": (MOE + "experts.gate_up_proj", (0, slice(0, 896))),
    "model.layers.1.mlp.experts.0.up_proj.weight": (MOE + "experts.gate_up_proj", (0, slice(896, None))),
    "model.layers.1.mlp.experts.0.down_proj.weight": (MOE + "experts.down_proj", 0),
    "model.image_newline": ("model.image_newline", ...),
    "model.view_seperator": ("model.view_separator", ...),
    "model.projector.layers.weight": ("model.multi_modal_projector.weight", ...),
    "model.vision_model.embeddings.position_embedding.weight": (CLIP + "embeddings.position_embedding.weight", ...),
    "model.vision_model.transformer.layers.0.mlp.fc1.weight": (CLIP + "encoder.layers.0.mlp.fc1.weight", ...),
    "model.sam_model.net_3.weight": (SAM + "proj.conv2.weight", ...),
    "model.sam_model.blocks.2.attn.rel_pos_h": (SAM + "layers.2.attn.rel_pos_h", ...),
    "model.sam_model.pos_embed": (SAM + "pos_embed", ...),
    "model.sam_model.patch_embed.proj.weight": (SAM + "patch_embed.projection.weight", ...),
}


def config_of(official: dict) -> UnlimitedOcrConfig:
    """The class's configuration for a config.json with official keys (spec/model.md, section 12)."""
    for key, value in FIXED.items():
        if official.get(key, value) != value:
            raise ValueError(f"transformers has no {key} = {official[key]!r}")
    num_layers = official["num_hidden_layers"]
    frequency = official.get("moe_layer_freq", 1)

    def mlp_type(layer: int) -> str:
        return "sparse" if layer >= official["first_k_dense_replace"] and layer % frequency == 0 else "dense"

    same_names = ["vocab_size", "hidden_size", "intermediate_size", "moe_intermediate_size", "num_hidden_layers"]
    same_names += ["num_attention_heads", "num_key_value_heads", "n_routed_experts", "n_shared_experts"]
    same_names += ["num_experts_per_tok", "max_position_embeddings"]
    optional_names = ["rms_norm_eps", "routed_scaling_factor", "n_group", "topk_group", "topk_method"]
    optional_names += ["attention_bias", "hidden_act"]
    text = {name: official[name] for name in same_names}
    text.update({name: official[name] for name in optional_names if name in official})
    text["rope_parameters"] = {"rope_type": "default", "rope_theta": official.get("rope_theta", 10000.0)}
    text["mlp_layer_types"] = [mlp_type(layer) for layer in range(num_layers)]
    window = official.get("sliding_window") or 0
    default_type = "reference_sliding_attention" if window else "full_attention"
    text["layer_types"] = official.get("layer_types") or [default_type] * num_layers
    text["sliding_window"] = window or UNUSED_WINDOW

    vision = official["vision_config"]
    sam, clip = vision["width"]["sam_vit_b"], vision["width"]["clip-l-14-224"]
    sam_config = {
        "image_size": vision["image_size"],
        "hidden_size": sam["width"],
        "num_hidden_layers": sam["layers"],
        "num_attention_heads": sam["heads"],
        "global_attn_indexes": sam["global_attn_indexes"],
        "downsample_channels": sam["downsample_channels"],
        "output_channels": sam.get("out_chans", 256),
        "window_size": sam.get("window_size", 14),
        "patch_size": sam.get("patch_size", 16),
        "mlp_dim": round(sam["width"] * sam.get("mlp_ratio", 4)),
        "layer_norm_eps": sam.get("layer_norm_eps", 1e-6),
    }
    encoder_config = {
        "image_size": clip["image_size"],
        "patch_size": clip["patch_size"],
        "hidden_size": clip["width"],
        "num_hidden_layers": clip["layers"],
        "num_attention_heads": clip["heads"],
        "intermediate_size": clip.get("ffn_hidden_size", 4 * clip["width"]),
        "layer_norm_eps": clip.get("layer_norm_eps", 1e-5),
    }
    return UnlimitedOcrConfig(
        text_config=text,
        vision_config={"sam_config": sam_config, "encoder_config": encoder_config},
        image_token_id=official.get("image_token_id", official.get("golden", {}).get("image_token_id", IMAGE_TOKEN_ID)),
    )


def load(checkpoint: Path, dtype: torch.dtype, experts: str | None = None) -> tuple:
    """(model, loading report). Throws unless every weight of the class came from the checkpoint.

    `experts` is the class's way to run the routed experts; none leaves the choice to transformers.
    """
    config = config_of(json.loads((checkpoint / "config.json").read_text(encoding="utf-8")))
    options = {} if experts is None else {"experts_implementation": experts}
    model, report = UnlimitedOcrForConditionalGeneration.from_pretrained(
        checkpoint, config=config, dtype=dtype, attn_implementation="sdpa", output_loading_info=True, **options
    )
    problems = {key: sorted(map(str, value)) for key, value in report.items() if value}
    if problems:
        raise ValueError(f"{checkpoint}: not loaded whole: {json.dumps(problems)}")
    return model.eval(), {key: len(value) for key, value in report.items()}


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """Bytes to the network's input, in float32."""
    return (pixels.to(torch.float32) / 255 - 0.5) / 0.5


def num_image_tokens(base_size: int, tile_size: int = 0, columns: int = 0, rows: int = 0) -> int:
    """Placeholders of one image (spec/model.md, section 4); no tiles when columns is 0."""

    def side(pixels: int) -> int:
        return (pixels // 16 + 3) // 4

    count = side(base_size) * (side(base_size) + 1) + 1
    if columns:
        count += rows * side(tile_size) * (columns * side(tile_size) + 1)
    return count


def balancing_loss(router_logits: torch.Tensor, num_chosen: int, alpha: float) -> torch.Tensor:
    """The loss that keeps the experts equally busy (spec/model.md, section 7.1), which the class does not have."""
    num_tokens, num_experts = router_logits.shape
    probabilities = router_logits.softmax(-1)
    chosen = probabilities.topk(num_chosen).indices.flatten()
    share = torch.bincount(chosen, minlength=num_experts) * num_experts / (num_chosen * num_tokens)
    return alpha * (share * probabilities.mean(0)).sum()


def versions() -> dict:
    return {"version": transformers.__version__, "torch": torch.__version__.split("+")[0]}

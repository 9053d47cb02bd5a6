"""Loads an adapter with PEFT, merges it there, and writes the weights of all linear layers.

The network is one of bare linear layers under the checkpoint's names: PEFT goes by names and shapes
and runs nothing.

    merge_with_peft.py ADAPTER OUT.safetensors
"""

import json
import pathlib
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file


def network_of(weights):
    root = torch.nn.Module()
    for name, value in weights.items():
        *path, kind = name.split(".")
        if kind != "weight" or value.dim() != 2 or path[-1] in ("gate", "embed_tokens", "position_embedding"):
            continue
        parent = root
        for part in path[:-1]:
            if not hasattr(parent, part):
                parent.add_module(part, torch.nn.Module())
            parent = getattr(parent, part)
        layer = torch.nn.Linear(value.shape[1], value.shape[0], bias=False)
        layer.weight.data = value
        parent.add_module(path[-1], layer)
    return root


def main(adapter, out):
    config = json.loads((pathlib.Path(adapter) / "adapter_config.json").read_text())
    base = pathlib.Path(config["base_model_name_or_path"])
    network = network_of(load_file(base / "model.safetensors"))
    network.config = {"model_type": "custom"}
    # Generation is asked of causal language models only.
    network.prepare_inputs_for_generation = None
    adapted = PeftModel.from_pretrained(network, adapter)
    names = [name for name, _ in adapted.named_parameters() if ".lora_A." in name]
    saved = load_file(pathlib.Path(adapter) / "adapter_model.safetensors")
    own = {
        name.replace(".default.weight", ".weight"): value
        for name, value in adapted.state_dict().items()
        if ".lora_" in name
    }
    assert own.keys() == saved.keys(), sorted(own.keys() ^ saved.keys())[:5]
    for name, value in saved.items():
        assert torch.equal(own[name], value), name
    print("adapted layers:", len(names))
    merged = adapted.merge_and_unload()
    save_file({name: value.contiguous() for name, value in merged.state_dict().items()}, out)


main(*sys.argv[1:])

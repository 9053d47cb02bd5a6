"""What TensorBoard finds in a folder of event files.

Usage: read_events.py FOLDER. Prints one JSON object. "listed" is what its EventAccumulator lists by
kind, as scripts read it; "shown" is what its pages get, by plugin and tag: [step, value] each.
Ends with status 77 when tensorboard is not installed.
"""

import io
import json
import sys

try:
    import tensorboard
except ModuleNotFoundError:
    sys.exit(77)

from PIL import Image
from tensorboard import plugin_util
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.util import tensor_util


def pixels(png: bytes) -> dict:
    image = Image.open(io.BytesIO(png))
    return {"size": list(image.size), "mode": image.mode, "bytes": list(image.tobytes())}


def listed(folder: str) -> dict:
    events = event_accumulator.EventAccumulator(
        folder, size_guidance=event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE).Reload()
    tags = events.Tags()
    return {
        "tensors": tags["tensors"],
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "images": {tag: [[e.step, [e.width, e.height], pixels(e.encoded_image_string)] for e in events.Images(tag)]
                   for tag in tags["images"]},
        "histograms": {tag: [[e.step, vars(e.histogram_value)] for e in events.Histograms(tag)]
                       for tag in tags["histograms"]},
    }


VALUES = {
    "scalars": lambda array: array.item(),
    "histograms": lambda array: array.tolist(),
    "images": lambda array: [int(array[0]), int(array[1]), pixels(array[2])],
    "text": lambda array: plugin_util.markdown_to_safe_html(array.item()),
}


def shown(folder: str) -> dict:
    events = plugin_event_accumulator.EventAccumulator(
        folder, size_guidance={plugin_event_accumulator.TENSORS: 0}).Reload()
    return {
        plugin: {tag: [[e.step, VALUES[plugin](tensor_util.make_ndarray(e.tensor_proto))] for e in events.Tensors(tag)]
                 for tag in events.PluginTagToContent(plugin)}
        for plugin in sorted(events.ActivePlugins())
    }


print(json.dumps({"version": tensorboard.__version__, "listed": listed(sys.argv[1]), "shown": shown(sys.argv[1])}))

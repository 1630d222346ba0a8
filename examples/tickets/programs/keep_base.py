"""Keep the router as the line's base: a folder of the workspace, from which every retrain starts."""

import os
import shutil
from pathlib import Path

base = Path(__file__).resolve().parent.parent / "base"
shutil.copytree(Path(os.environ["IN"]) / "model", base, copy_function=shutil.copyfile)
print(f"kept {sum(each.stat().st_size for each in base.iterdir()):,} bytes")

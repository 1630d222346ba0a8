"""Keep the router in a folder of the workspace: there it can be adopted, and retrains start from it."""

import os
import shutil
from pathlib import Path

router = Path(__file__).resolve().parent.parent / "router"
shutil.copytree(Path(os.environ["IN"]) / "model", router, copy_function=shutil.copyfile)
print(f"kept {sum(each.stat().st_size for each in router.iterdir()):,} bytes")

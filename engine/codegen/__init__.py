"""A network written as the PyTorch file a good engineer would have written. No torch here.

Source text is the module: training, previews and export build from the same text.
"""

from engine.codegen.naming import CodegenError
from engine.codegen.source import Place, Source, Span
from engine.codegen.write import Preparation, write

__all__ = ["CodegenError", "Place", "Preparation", "Source", "Span", "write"]

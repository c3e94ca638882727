"""MoELoRA (arXiv 2402.12851) for PEFT: LoRA's own rank divided among routed experts, drawn apart by contrast.

    from studio.methods.moelora import MoeLoraConfig
    model = peft.get_peft_model(model, MoeLoraConfig(r=32, num_experts=8, top_k=2))

Importing this package registers the method with PEFT, so import it before `PeftModel.from_pretrained` too.
"""

from __future__ import annotations

from studio.core.methods.moelora import MOELORA
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.layer import MoeLoraLinear
from studio.methods.moelora.model import MoeLoraModel
from studio.methods.registration import register_method

register_method(name=MOELORA.name, config_cls=MoeLoraConfig, model_cls=MoeLoraModel)

__all__ = ["MoeLoraConfig", "MoeLoraLinear", "MoeLoraModel"]

"""The laboratory's base model: half a million weights, trained here from nothing on the known tasks.

python -m tests.bench.learning.base [--steps 1600]      trains it again into tests/bench/learning/base
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path
from typing import Any

from tests.bench.learning.texts import ARROW, KNOWN, LETTERS, MARKS, known_row

FOLDER = Path(__file__).parent / "base"
PAD, END = "<pad>", "<end>"
SIGNS = (PAD, END, ARROW, *LETTERS, *MARKS)
ARROW_ID = SIGNS.index(ARROW)
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}>{{ message['content'] }}<end>"
    "{% else %}{{ message['content'] }}{% endif %}{% endfor %}{% if add_generation_prompt %}>{% endif %}"
)
SHAPE: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 320,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "head_dim": 32,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
    "initializer_range": 0.05,
}
BATCH, RATE, SEED = 48, 2e-3, 1


def make_tokenizer() -> Any:
    """One token for each sign."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordLevel({sign: place for place, sign in enumerate(SIGNS)}, unk_token=PAD))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    backend.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token=PAD,
        eos_token=END,
        model_max_length=SHAPE["max_position_embeddings"],
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def train_base(folder: Path, steps: int, seconds_between: float = 10.0) -> float:
    """Train a base on the known tasks and write it in half precision; returns the share of new rows that are right."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = make_tokenizer()
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        **SHAPE,
    )
    model = LlamaForCausalLM(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    draw, told = random.Random(SEED), time.monotonic()
    for step in range(steps):
        ids, labels = batch_of([known_row(draw) for _ in range(BATCH)], tokenizer)
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if time.monotonic() - told > seconds_between:
            told = time.monotonic()
            print(f"step {step} of {steps}: loss {loss.item():.4f}", flush=True)
    right = share_right(model, tokenizer, random.Random(f"held out {SEED}"))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return right


def batch_of(rows: list[tuple[str, str]], tokenizer: Any) -> tuple[Any, Any]:
    """Rows as padded ids and labels [rows, tokens]; answers alone are labels."""
    import torch

    vocabulary = tokenizer.get_vocab()
    width = max(len(prompt) + len(answer) for prompt, answer in rows) + 2
    ids = torch.full((len(rows), width), tokenizer.pad_token_id)
    labels = torch.full((len(rows), width), -100)
    for place, (prompt, answer) in enumerate(rows):
        read, learned = [vocabulary[sign] for sign in prompt + ARROW], [vocabulary[sign] for sign in answer]
        row = torch.tensor([*read, *learned, tokenizer.eos_token_id])
        ids[place, : len(row)] = row
        labels[place, len(read) : len(row)] = row[len(read) :]
    return ids, labels


def share_right(model: Any, tokenizer: Any, draw: random.Random, count: int = 2000) -> float:
    """The share of `count` new rows of known tasks whose every token is the most probable one."""
    import torch

    ids, labels = batch_of([known_row(draw) for _ in range(count)], tokenizer)
    with torch.no_grad():
        guessed = model(input_ids=ids).logits[:, :-1].argmax(-1)
    wrong = (guessed != labels[:, 1:]) & (labels[:, 1:] != -100)
    return 1 - float(wrong.any(dim=1).float().mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--out", type=Path, default=FOLDER)
    asked = parser.parse_args()
    print(f"{train_base(asked.out, asked.steps):.1%} of new rows of the {len(KNOWN)} known tasks are right")

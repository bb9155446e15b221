"""Fine-tuning: examples a second and peak memory of the recipe `transformer` against a loop of torch written by hand.

    python benchmarks/deep.py            # on a GPU: DeBERTa-v3-base in size, 64 tokens, half precision
    python benchmarks/deep.py --small    # and so on a CPU: two small layers, to see that it runs

Weights are random, rows are random tokens of full length, and both do the same steps on the same rows: forward, loss,
backward, cut gradients, AdamW. The two take turns, several times; the figure is the median of the ratios. Exit status 1
when the recipe is below 90 % of the loop, or takes a tenth more memory.
"""

import argparse
import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import turns
from transformers import AutoConfig, AutoModel

from modelwright.encoders import where as device
from modelwright.recipes import finetuning

AIM, MORE = 0.9, 1.1
BASE: dict[str, Any] = {"vocab_size": 128_100, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}
BASE |= {"intermediate_size": 3072, "max_position_embeddings": 512, "position_buckets": 256, "relative_attention": True}
BASE |= {"pos_att_type": ["p2c", "c2p"], "norm_rel_ebd": "layer_norm", "share_att_key": True, "type_vocab_size": 0}
SMALL = {**BASE, "vocab_size": 1000, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
SMALL |= {"intermediate_size": 128}


@dataclass(frozen=True)
class Rows:
    """What both train on."""

    tokens: finetuning.Tokens
    target: Any
    batch: int


def make_rows(count: int, length: int, words: int, batch: int) -> Rows:
    """Rows of random tokens, all of that length, and random answers."""
    rng = np.random.default_rng(0)
    ids = rng.integers(5, words, count * length)
    tokens = finetuning.Tokens(ids, None, np.arange(count + 1) * length, 0)
    return Rows(tokens, rng.integers(0, 2, (count, 1)).astype(np.float32), batch)


def model(config: dict[str, Any], where: str) -> Any:
    """A model with a head, its weights random and the same each time."""
    torch.manual_seed(0)
    encoder = AutoModel.from_config(AutoConfig.for_model("deberta-v2", **config))
    return finetuning.Head(encoder, "mean", 0.1, 1).to(where)


def recipe(module: Any, rows: Rows, where: str) -> None:
    """One epoch as the recipe trains."""
    schedule = finetuning.Schedule(1, 1, rows.batch, 2e-5, 0.9, 0.1, 0.01, full=False)
    finetuning.train(module, rows.tokens, rows.target, np.empty(0, dtype=np.int64), "binary", schedule, 0, where)


def by_hand(module: Any, rows: Rows, where: str) -> None:
    """One epoch as somebody would write it who has only this model to train."""
    length = int(rows.tokens.lengths[0])
    ids = torch.from_numpy(rows.tokens.ids.reshape(-1, length))
    target = torch.from_numpy(rows.target)
    optimizer = torch.optim.AdamW(module.parameters(), lr=2e-5, weight_decay=0.01, fused=True)
    steps = math.ceil(len(ids) / rows.batch)
    cycle = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    dtype = finetuning.precision(where, full=False)
    module.train()
    for some in torch.randperm(len(ids)).split(rows.batch):
        batch = ids[some].to(where, non_blocking=True)
        with finetuning.autocast(where, dtype):
            answers = module(input_ids=batch, attention_mask=torch.ones_like(batch))[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(answers, target[some].to(where))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        cycle.step()


def measured(train: Any, config: dict[str, Any], rows: Rows, where: str) -> turns.Training:
    """One epoch of a new model, once it has seen two batches."""
    module = model(config, where)
    few = 2 * rows.batch
    tokens = finetuning.Tokens(rows.tokens.ids[: rows.tokens.starts[few]], None, rows.tokens.starts[: few + 1], 0)
    train(module, Rows(tokens, rows.target[:few], rows.batch), where)

    def epoch() -> int:
        train(module, rows, where)
        return len(rows.target)

    return turns.measured(epoch, where)


def main() -> int:
    """Measure both in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="two small layers; the default without a GPU")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    where = device()
    small = args.small or where == "cpu"
    config, length = (SMALL if small else BASE), 64
    rows = make_rows(args.rows or (512 if small else 8192), length, int(config["vocab_size"]), 16 if small else 64)
    found = turns.by_turns(
        lambda: measured(recipe, config, rows, where), lambda: measured(by_hand, config, rows, where), args.turns
    )
    print(f"{where}, {'small' if small else 'DeBERTa-v3-base in size'}, {length} tokens, {len(rows.target)} rows")
    print(found.table("examples"))
    return 0 if found.ratio >= AIM and found.memory <= MORE else 1


if __name__ == "__main__":
    sys.exit(main())

"""What estimators behind one network of pictures share: its weights after fit, its device, and how it comes back."""

from typing import Any

import numpy as np

from ..parameters import Parameters


class KeptNetwork(Parameters):
    """Holds a network as arrays of half precision, to which its weights were rounded before anything was predicted.

    A class says how its network is made (`_made`), and has a parameter `precision`.
    """

    precision: str

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_module"}

    def _made(self, *, pretrained: bool) -> Any:
        """The network; with the weights it begins with where `pretrained`, else with any."""
        raise NotImplementedError

    def _settle(self, where: str, tolerances: tuple[float, float]) -> None:
        """After training: round the weights, keep them, and say how near a prediction must come to another one.

        `tolerances` are those in single and in half precision.
        """
        from .. import encoders
        from . import finetuning

        encoders.rounded(self._module)
        self.half_ = str(finetuning.precision(where, full=self.precision == "full") or "").removeprefix("torch.")
        self.tolerance_ = tolerances[bool(self.half_)]
        self.weights_ = {
            name: value.detach().cpu().half().numpy() if value.is_floating_point() else value.cpu().numpy()
            for name, value in self._module.state_dict().items()
        }

    def _half(self, where: str) -> Any:
        """The half precision of prediction on a device: that of training, where the device has it; None for single."""
        from . import finetuning

        if not hasattr(self, "half_"):  # training is under way
            return finetuning.precision(where, full=self.precision == "full")
        import torch

        return getattr(torch, self.half_) if self.half_ and where == "cuda" else None

    def _awake(self, where: str) -> Any:
        """The network on the device; made anew of its weights after a pickle."""
        if getattr(self, "_module", None) is None:
            import torch

            module = self._made(pretrained=False)
            given = {
                name: torch.from_numpy(value.astype(np.float32) if value.dtype.kind == "f" else value)
                for name, value in self.weights_.items()
            }
            module.load_state_dict(given)
            self._module: Any = module.eval().to(where)
        return self._module

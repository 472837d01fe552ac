import pytest
import torch
from support.labelled import LABELS

from training.classifier.dataset import Example
from training.classifier.losses import GROUP_WEIGHT, HEAD_WEIGHT, UNKNOWN, MultiTaskLoss, contrastive_loss, targets
from triage.classifier.labels import HEADS

TYPE = HEADS.index("complaint_type")


def typed(kind, **known):
    return Example("x", "call", complaint_type=kind, **known)


def loss(examples, logits, weights=None, **options):
    weights = torch.ones(len(examples)) if weights is None else torch.tensor(weights)
    return MultiTaskLoss(LABELS, **options)(logits, targets(examples, LABELS), weights)


def types(*scores):
    """Logits (1, outputs): these scores for the types, 0 else."""
    found = torch.zeros(1, LABELS.outputs)
    found[0, LABELS.slices()["complaint_type"]] = torch.tensor(scores)
    return found


class TestTargets:
    def test_are_the_numbers_of_the_codes(self):
        known = typed("pohon_tumbang", disposition="ticket", target_opd="PLN", priority="P2", safety="S1")
        assert targets([known], LABELS).tolist() == [[0, 2, 2, 1, UNKNOWN, 1]]

    def test_what_is_not_known_is_left_out(self):
        assert targets([Example("x", "call")], LABELS).tolist() == [[UNKNOWN] * len(HEADS)]

    @pytest.mark.parametrize("example", [typed("banjir", target_opd="PLN"), Example("x", "call", target_opd="PLN")])
    def test_an_opd_that_the_type_forbids_or_without_a_type_is_left_out(self, example):
        assert targets([example], LABELS)[0, HEADS.index("target_opd")] == UNKNOWN


class TestMultiTaskLoss:
    def test_is_the_weighted_cross_entropy(self):
        expected = HEAD_WEIGHT["complaint_type"] * torch.log(torch.tensor(3.0))
        assert loss([typed("banjir")], torch.zeros(1, LABELS.outputs)).item() == pytest.approx(expected.item())

    def test_only_heads_that_are_known_are_pulled(self):
        logits = torch.zeros(1, LABELS.outputs, requires_grad=True)
        loss([typed("banjir", priority="P1")], logits).backward()
        pulled = {head for head, block in LABELS.slices().items() if logits.grad[0, block].any()}
        assert pulled == {"complaint_type", "priority"}

    def test_nothing_known_costs_nothing(self):
        assert loss([Example("x", "call")], torch.ones(1, LABELS.outputs)).item() == 0

    def test_a_forbidden_opd_costs_nothing_however_high_its_score(self):
        example, high = typed("banjir", target_opd="BPBD"), torch.zeros(1, LABELS.outputs)
        high[0, LABELS.slices()["target_opd"].start + LABELS.target_opd.index("PLN")] = 50.0
        calm = loss([example], torch.zeros(1, LABELS.outputs), smoothing=0.1)
        assert loss([example], high, smoothing=0.1).item() == pytest.approx(calm.item())

    def test_weights_count(self):
        rows = types(0, 2, 0).repeat(2, 1)
        pair = [typed("banjir"), typed("sampah")]
        first, second = (loss([one], rows[:1]).item() for one in pair)
        assert loss(pair, rows, [1.0, 0.5]).item() == pytest.approx((first + 0.5 * second) / 2)


class TestGroupLoss:
    GROUPS = (0, 1, 1)
    """banjir alone; sampah and pohon_tumbang together."""

    def test_a_rival_of_the_same_group_costs_less(self):
        near, far = (loss([typed("sampah")], types(*row), groups=self.GROUPS) for row in ((0, 0, 3), (3, 0, 0)))
        flat = [loss([typed("sampah")], types(*row)) for row in ((0, 0, 3), (3, 0, 0))]
        assert flat[0].item() == pytest.approx(flat[1].item())
        assert near < far

    def test_is_the_log_of_the_groups_probability(self):
        row = types(1.0, 0.5, -0.2)
        extra = loss([typed("sampah")], row, groups=self.GROUPS) - loss([typed("sampah")], row)
        group = torch.softmax(torch.tensor([1.0, 0.5, -0.2]), 0)[1:].sum()
        assert extra.item() == pytest.approx((-GROUP_WEIGHT * group.log()).item(), rel=1e-5)


class TestContrastiveLoss:
    def test_pulls_kin_together_and_others_apart(self):
        chance = torch.Generator().manual_seed(2)
        features = torch.randn(6, 8, generator=chance).requires_grad_()
        classes = torch.tensor([0, 0, 0, 1, 1, 1])

        def gap():
            unit = torch.nn.functional.normalize(features.detach(), dim=1)
            near = unit @ unit.T
            kin = classes[:, None] == classes[None, :]
            return (near[kin].mean() - near[~kin].mean()).item()

        before = gap()
        first = contrastive_loss(features, classes)
        first.backward()
        features.data -= 0.5 * features.grad
        assert gap() > before + 0.05
        assert contrastive_loss(features, classes) < first

    def test_is_lower_where_classes_lie_apart(self):
        apart = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
        sorted_, crossed = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
        assert contrastive_loss(apart, sorted_) < 0.1 < contrastive_loss(apart, crossed)

    def test_the_length_of_a_feature_does_not_matter(self):
        features, classes = torch.eye(4)[:, :3] + 0.1, torch.tensor([0, 0, 1, 1])
        scaled = features * torch.tensor([[1.0], [9.0], [0.2], [3.0]])
        assert contrastive_loss(scaled, classes).item() == pytest.approx(contrastive_loss(features, classes).item())

    def test_those_without_a_class_take_no_part(self):
        features = torch.randn(5, 4, generator=torch.Generator().manual_seed(1)).requires_grad_()
        found = contrastive_loss(features, torch.tensor([0, 0, 1, UNKNOWN, UNKNOWN]))
        found.backward()
        assert found.item() == pytest.approx(contrastive_loss(features[:3], torch.tensor([0, 0, 1])).item())
        assert not features.grad[3:].any()

    @pytest.mark.parametrize("classes", [[0, 1, 2], [UNKNOWN] * 3])
    def test_without_kin_it_is_nothing(self, classes):
        assert contrastive_loss(torch.eye(3), torch.tensor(classes)).item() == 0

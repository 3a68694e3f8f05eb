"""Layer descriptions: what is accepted, computed and refused. Nothing here needs PyTorch."""

import pytest
import yaml

from lib.base.errors import StudyError
from lib.networks.reading import MOST_STEPS, read, read_autoencoder, read_classifier
from tests.unit.networks.lecture import CNN, EVERY_KIND, INCEPTION, LENET, residual
from tests.unit.study.test_validation import CONFIG


def shapes(steps, input_shape):
    return [step.output_shape for step in read(steps, input_shape).steps]


def test_the_network_of_the_lecture_has_its_shapes_and_parameters():
    network = read_classifier(CNN, (1, 28, 28), classes=10)
    assert [step.output_shape for step in network.steps[::2]] == [
        *((32, 26, 26), (64, 24, 24), (64, 12, 12), (9216,), (128,), (10,))
    ]
    assert [step.parameters for step in network.steps if step.parameters] == [320, 18_496, 1_179_776, 1_290]
    assert network.parameters == 1_199_882
    products = 26 * 26 * 32 * 9, 24 * 24 * 64 * 32 * 9, 9216 * 128, 128 * 10
    assert [step.multiply_adds for step in network.steps if step.multiply_adds] == list(products)
    assert network.multiply_adds == sum(products)


def test_lenet_has_its_parameters():
    assert read(LENET, (1, 28, 28)).parameters == 61_706
    networks = yaml.safe_load((CONFIG / "networks.yaml").read_text(encoding="utf-8"))["networks"]
    described = [*networks["lenet"]["encoder"], *networks["head"]["layers"]]
    assert read_classifier(described, (1, 28, 28), classes=10).parameters == 61_706


def test_a_separable_convolution_saves_parameters_and_products():
    whole = read([{"convolution": 10, "kernel": 3}], (4, 32, 32))
    separable = read([{"separable_convolution": 10, "kernel": 3}], (4, 32, 32))
    assert whole.output_shape == separable.output_shape == (10, 30, 30)
    assert (whole.parameters, separable.parameters) == (370, 86)
    assert (whole.multiply_adds, separable.multiply_adds) == (900 * 360, 900 * (36 + 40))


@pytest.mark.parametrize("channels", [1, 3, 256])
def test_an_inception_module_has_its_parameters(channels):
    network = read([INCEPTION], (channels, 14, 14))
    assert network.parameters == 256 * channels + 139_648
    assert network.output_shape == (256, 14, 14)


def test_a_residual_block_keeps_the_shape():
    network = read([residual(8)], (8, 6, 6))
    assert network.output_shape == (8, 6, 6)
    assert network.parameters == 2 * (8 * 8 * 9 + 8 + 16)
    assert [step.layer.word for step in list(network.all_steps())[:2]] == ["convolution", "batch_normalisation"]
    assert len(list(network.all_steps())) == 5


@pytest.mark.parametrize(
    ("step", "input_shape", "output_shape"),
    [
        ({"convolution": 1, "kernel": 3, "padding": 1}, (1, 5, 5), (1, 5, 5)),  # figures of the lecture
        ({"convolution": 1, "kernel": 3, "stride": 2}, (1, 5, 5), (1, 2, 2)),
        ({"transposed_convolution": 1, "kernel": 3, "stride": 2}, (1, 2, 2), (1, 5, 5)),
        ({"max_pooling": 2}, (10, 29, 29), (10, 14, 14)),
        ({"global_pooling": "max"}, (10, 14, 14), (10,)),
        ({"convolution": 1, "kernel": 3, "dilation": 2}, (1, 9, 9), (1, 5, 5)),
        ({"convolution": 1, "kernel": 3, "dilation": 3}, (1, 9, 9), (1, 3, 3)),
        ({"convolution": 2, "kernel": [1, 4], "padding": [0, 1]}, (1, 6, 7), (2, 6, 6)),
        (
            {"transposed_convolution": 1, "kernel": 3, "padding": 1, "stride": 2, "output_padding": 1},
            *[(1, 14, 14), (1, 28, 28)],
        ),
        ({"transposed_convolution": 1, "kernel": 5, "padding": 2}, (1, 8, 8), (1, 8, 8)),
        ({"average_pooling": 3, "stride": 2, "padding": 1}, (2, 8, 8), (2, 4, 4)),
        ({"upsampling": 2}, (4, 3, 5), (4, 6, 10)),
        ("flatten", (4, 3, 5), (60,)),
        ({"reshape": [5, 4, 3]}, (60,), (5, 4, 3)),
    ],
    ids=str,
)
def test_output_shapes(step, input_shape, output_shape):
    assert shapes([step], input_shape) == [output_shape]


@pytest.mark.parametrize(("dilation", "field"), [(1, 3), (2, 5), (3, 7)])
def test_dilation_widens_the_field_without_more_parameters(dilation, field):
    step = {"convolution": 1, "kernel": 3, "dilation": dilation}
    network = read([step], (1, field, field))
    assert (network.output_shape, network.parameters) == ((1, 1, 1), 10)
    with pytest.raises(StudyError, match=f"expected at least the {field} × {field} of the window"):
        read([step], (1, field - 1, field))


@pytest.mark.parametrize(("step", "input_shape"), EVERY_KIND, ids=str)
def test_a_description_can_be_written_and_read_again(step, input_shape):
    network = read([step], input_shape)
    assert read(yaml.safe_load(yaml.safe_dump(network.plain())), input_shape) == network


def test_names_stand_for_values_and_steps():
    steps = [
        {"repeat": "blocks", "steps": [{"convolution": "filters", "kernel": "kernel"}, "activation"]},
        "flatten",
        {"dense": "classes"},
    ]
    names = {"blocks": 2, "filters": 5, "kernel": [3, 2], "activation": "tanh"}
    convolution = {"convolution": 5, "kernel": [3, 2]}
    written_out = [convolution, "tanh", convolution, "tanh", "flatten", {"dense": 10}]
    named = read_classifier(steps, (1, 9, 9), 10, names=names)
    assert named.layers == read(written_out, (1, 9, 9)).layers
    assert named.plain() == written_out


def test_an_unpooling_undoes_the_last_pooling_that_is_not_undone():
    encoder = [{"convolution": 4, "kernel": 4}, {"max_pooling": 2}, {"convolution": 6, "kernel": 3}, {"max_pooling": 3}]
    decoder = [
        *("unpooling", {"transposed_convolution": 4, "kernel": 3}),
        *("unpooling", {"transposed_convolution": 3, "kernel": 4}),
    ]
    found = read_autoencoder(encoder, decoder, (3, 29, 29))
    # 29 → 26 → 13 → 11 → 3, and back to the sizes before each pooling, also where it cut a rest off
    assert [step.output_shape[1] for step in found.encoder.steps] == [26, 13, 11, 3]
    assert [step.output_shape for step in found.decoder.steps] == [(6, 11, 11), (4, 13, 13), (4, 26, 26), (3, 29, 29)]
    assert len(found.encoder.poolings) == found.decoder.unpoolings == 2


def test_encoder_and_decoder_need_not_mirror_each_other():
    encoder = [{"convolution": 4, "kernel": 3, "padding": 1}, {"max_pooling": 2}, "flatten", {"dense": 10}, "sigmoid"]
    found = read_autoencoder(encoder, [{"dense": 192}, {"reshape": [3, 8, 8]}, "tanh"], (3, 8, 8))
    assert found.encoder.output_shape == (10,)
    assert found.decoder.unpoolings == 0


FAULTS = [
    ("relu", "layers is 'relu', expected a list of steps"),
    ([3], "layers, step 1 is 3, expected the name of a layer or a mapping with it"),
    ([{}], "layers, step 1 is {}, expected the name of a layer or a mapping with it"),
    (["tanh", "reluu"], "layers, step 2 names the unknown layer 'reluu' (did you mean relu?); the layers are"),
    ([{"convolutoin": 3, "kernel": 3}], "the unknown layer 'convolutoin' (did you mean convolution?); the layers are"),
    ([{"kernel": 3}], "layers, step 1 is {'kernel': 3}, which names no layer; the layers are convolution"),
    ([{"dense": 3, "dropout": 0.5}], "layers, step 1 names the layers dense and dropout, expected one layer"),
    ([{"relu": None}], "layers, step 1 is {'relu': None}, expected the word relu alone"),
    ([{"flatten": 1}], "layers, step 1 (flatten) is 1, expected the word flatten alone"),
    ([{"flatten": None, "kernel": 1}], "layers, step 1 (flatten) has the unknown key 'kernel'; it has no options"),
    ([{"dense": 3, "units": 4}], "layers, step 1 (dense) has the unknown key 'units'"),
    ([{"convolution": 3}], "layers, step 1 (convolution) lacks the key kernel, expected a whole number of at least 1"),
    (["convolution"], "layers, step 1 (convolution) lacks the key convolution, expected a whole number"),
    (
        [{"convolution": 3, "kernal": 3}],
        "unknown key 'kernal' (did you mean kernel?); the keys are convolution, kernel",
    ),
    ([{"convolution": "many", "kernel": 3}], "convolution is 'many', expected a whole number of at least 1"),
    ([{"convolution": 0, "kernel": 3}], "convolution is 0, expected a whole number of at least 1"),
    ([{"convolution": True, "kernel": 3}], "convolution is True, expected a whole number of at least 1"),
    ([{"convolution": 8.0, "kernel": 3}], "convolution is 8.0, expected a whole number of at least 1"),
    ([{"convolution": "1e1", "kernel": 3}], "YAML reads 1e1 as text"),
    ([{"convolution": 8, "kernel": [3, 3, 3]}], "kernel is [3, 3, 3], expected a whole number of at least 1, or two"),
    ([{"convolution": 8, "kernel": 3, "padding": -1}], "padding is -1, expected a whole number of at least 0, or two"),
    ([{"convolution": 8, "kernel": 3, "stride": 0}], "stride is 0, expected a whole number of at least 1, or two"),
    ([{"convolution": 8, "kernel": 3, "bias": 1}], "bias is 1, expected true or false"),
    ([{"dropout": 1}], "layers, step 1 (dropout): dropout is 1, expected a number of at least 0 and below 1"),
    ([{"dropout": float("nan")}], "dropout is nan, expected a number of at least 0 and below 1"),
    (["flatten", {"k_sparse": 65}], "step 2 (k_sparse): k is 65, expected at most 64, the values of the input 64"),
    ([{"k_sparse": 0}], "layers, step 1 (k_sparse): k_sparse is 0, expected a whole number of at least 1"),
    ([{"k_sparse": 3, "factor": 0.5}], "(k_sparse): factor is 0.5, expected a number of at least 1"),
    ([{"k_sparse": 3, "factor": float("inf")}], "(k_sparse): factor is inf, expected a number of at least 1"),
    ([{"lifetime_sparsity": 0}], "lifetime_sparsity is 0, expected a number above 0 and below 1"),
    ([{"lifetime_sparsity": 1}], "lifetime_sparsity is 1, expected a number above 0 and below 1"),
    (["lifetime_sparsity"], "step 1 (lifetime_sparsity) lacks the key lifetime_sparsity, expected a number above 0"),
    (["flatten", "spatial_sparsity"], "step 2 (spatial_sparsity): the input has the shape 64, expected channels ×"),
    ([{"spatial_sparsity": 2}], "(spatial_sparsity) is 2, expected the word spatial_sparsity alone"),
    ([{"global_pooling": "mean"}], "global_pooling is 'mean', expected one of max, average"),
    ([{"reshape": [3, 4]}], "reshape is [3, 4], expected a list of one or three whole numbers"),
    ([{"reshape": [1, 4, 4]}], "the input has the shape 1 × 8 × 8 with 64 values, expected 16 for the shape 1 × 4 × 4"),
    ([{"convolution": 3, "kernel": 9}], "the input has the shape 1 × 8 × 8, expected at least the 9 × 9 of the window"),
    (
        [{"convolution": 3, "kernel": 9, "padding": [0, 1]}],
        "the input has the shape 1 × 8 × 8, with its padding 8 × 10, expected at least the 9 × 9 of the window",
    ),
    (["flatten", {"convolution": 3, "kernel": 1}], "(convolution): the input has the shape 64, expected channels ×"),
    (["flatten", {"global_pooling": "max"}], "step 2 (global_pooling): the input has the shape 64, expected channels"),
    (["flatten", {"upsampling": 2}], "layers, step 2 (upsampling): the input has the shape 64, expected channels"),
    ([{"dense": 3}], "(dense): the input has the shape 1 × 8 × 8, expected one number, such as 64: put flatten"),
    ([{"max_pooling": 2, "padding": 2}], "(max_pooling): padding is 2, expected at most half of the window 2"),
    (
        [{"transposed_convolution": 1, "kernel": 1, "padding": 4}],
        "the input has the shape 1 × 8 × 8, of which padding 4 leaves 0 × 0, expected at least 1 × 1",
    ),
    ([{"transposed_convolution": 1, "kernel": 1, "output_padding": 1}], "output_padding is 1, expected numbers below"),
    (["unpooling"], "the input has the shape 1 × 8 × 8 and no max_pooling is left, expected one for each unpooling"),
    (
        [{"max_pooling": 2}, "unpooling", "unpooling"],
        "layers, step 3 (unpooling): the input has the shape 1 × 8 × 8 and",
    ),
    (
        [{"max_pooling": 2}, {"convolution": 4, "kernel": 1}, "unpooling"],
        "the input has the shape 4 × 4 × 4, expected 1 × 4 × 4, the output of layers, step 1 (max_pooling)",
    ),
    ([{"max_pooling": 3, "stride": 2}, "unpooling"], "the windows of layers, step 1 (max_pooling) overlap"),
    (
        [{"max_pooling": 2}, {"branches": [["unpooling"], []], "join": "add"}],
        "layers, step 2, branch 1, step 1 (unpooling): the input has the shape 1 × 4 × 4 and no max_pooling is left",
    ),
    ([{"branches": [[]], "join": "add"}], "branches is [[]], expected two or more lists of steps"),
    ([{"branches": [[], []]}], "layers, step 1 (branches) has the keys branches, expected branches and join"),
    ([{"branches": [[], []], "join": "sum"}], "join is 'sum', expected one of concatenate, add"),
    (
        [{"branches": [[], [{"convolution": 1, "kernel": 3}]], "join": "concatenate"}],
        "branch 1 has the output shape 1 × 8 × 8, branch 2 has 1 × 6 × 6, expected equal height and width",
    ),
    (
        [{"branches": [[], [{"convolution": 2, "kernel": 1}]], "join": "add"}],
        "branch 1 has the output shape 1 × 8 × 8, branch 2 has 2 × 8 × 8, expected equal shapes to add",
    ),
    (
        [{"branches": [[], ["relu", {"branches": [[], ["relo"]], "join": "add"}]], "join": "add"}],
        "layers, step 1, branch 2, step 2, branch 2, step 1 names the unknown layer 'relo' (did you mean relu?)",
    ),
    (
        ["relu", {"repeat": 4, "steps": [{"max_pooling": 2}]}],
        "layers, step 2, repetition 4, step 1 (max_pooling): the input has the shape 1 × 1 × 1, expected at least",
    ),
    ([{"repeat": 2}], "layers, step 1 has the keys repeat, expected repeat and steps"),
    ([{"repeat": "often", "steps": []}], "layers, step 1 (repeat): repeat is 'often', expected a whole number"),
    ([{"repeat": 10**9, "steps": []}], f"more than {MOST_STEPS} steps and repetitions, expected fewer"),
]


@pytest.mark.parametrize(("steps", "sentence"), FAULTS, ids=[sentence[:60] for _, sentence in FAULTS])
def test_each_fault_is_a_sentence_that_names_the_step(steps, sentence):
    with pytest.raises(StudyError) as raised:
        read(steps, (1, 8, 8))
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("layers")


def test_a_value_that_is_no_name_is_refused_with_the_names():
    with pytest.raises(StudyError, match=r"'clases' \(did you mean classes\?\), expected .* or a name: classes"):
        read_classifier(["flatten", {"dense": "clases"}], (1, 8, 8), 10)
    with pytest.raises(StudyError, match="kernel is 'size', which is '9', expected"):
        read([{"convolution": 1, "kernel": "size"}], (1, 8, 8), names={"size": "9"})


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (["flatten", {"dense": 9}], "layers: the output has the shape 9, expected 10: one number per class"),
        ([{"convolution": 10, "kernel": 1}], "the output has the shape 10 × 8 × 8, expected 10: one number per class"),
        (
            ["flatten", {"dense": 10}, "softmax"],
            "layers, step 3 (softmax): the loss contains softmax; remove this step",
        ),
    ],
)
def test_a_classifier_puts_out_one_logit_per_class(steps, sentence):
    with pytest.raises(StudyError) as raised:
        read_classifier(steps, (1, 8, 8), 10)
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("encoder", "decoder", "sentence"),
    [
        (
            [{"convolution": 4, "kernel": 3}],
            [{"transposed_convolution": 3, "kernel": 2}],
            "decoder: the output has the shape 3 × 7 × 7, expected 3 × 8 × 8, the shape of the input",
        ),
        ([{"max_pooling": 2}], ["unpooling", "unpooling"], "decoder, step 2 (unpooling): the input has the shape"),
        (
            [{"convolution": 4, "kernel": 3}, {"max_pooling": 2}],
            [{"convolution": 3, "kernel": 1}, "unpooling"],
            "decoder, step 2 (unpooling): the input has the shape 3 × 3 × 3, expected 4 × 3 × 3, the output of encoder",
        ),
        ([{"convolution": 4}], [], "encoder, step 1 (convolution) lacks the key kernel"),
    ],
)
def test_an_autoencoder_that_does_not_fit_is_refused(encoder, decoder, sentence):
    with pytest.raises(StudyError) as raised:
        read_autoencoder(encoder, decoder, (3, 8, 8))
    assert sentence in str(raised.value)

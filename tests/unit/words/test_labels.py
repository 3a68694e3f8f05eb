"""Labels read well in both languages and all forms, and settings that nobody has named go by their keys."""

import re

import pytest

from lib.study.experiments import expand
from lib.study.labels import PIXELS_LABEL, Label
from lib.study.learners import LEARNERS
from lib.study.model_labels import feature_labels, labels
from lib.study.schema import read_schema
from lib.study.settings import PIXELS
from lib.words import language
from lib.words.labels import SYMBOLS, Form, label_text, setting_name, setting_names, setting_value
from tests.unit.study.test_validation import CONFIG, DEFAULT

CATALOGUE = CONFIG.parent / "report" / "ru.po"
SETTINGS = read_schema(CONFIG / "schema.yaml")["$defs"]["settings"]["properties"]
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
PROPER_NAMES = ("relu", "sgd", "nesterov", "adam", "adamw", "adagrad", "adadelta", "rmsprop")


@pytest.fixture
def russian():
    language.use(CATALOGUE)
    yield
    language.use()


# Settings; the text of tables; what people read in English: plain, for LaTeX, for Matplotlib; in Russian: the same.
KINDS = [
    ({}, (), "default", "default", "default", "default", *3 * ("по умолчанию",)),
    (
        *({"rho": 0.01, "stride": 8}, (), "rho 0.01, stride 8"),
        *("ρ = 0.01, stride 8", r"\ensuremath{\rho = \num{0.01}}, stride \num{8}", r"$\rho = 0.01$, stride 8"),
        *("ρ = 0,01, шаг 8", r"\ensuremath{\rho = \num{0.01}}, шаг \num{8}", r"$\rho = 0,01$, шаг 8"),
    ),
    (
        *({"lambda": 1e-06}, (), "lambda 1e-06"),
        *("λ = 10⁻⁶", r"\ensuremath{\lambda = \num{1e-06}}", r"$\lambda = 10^{-6}$"),
        *("λ = 10⁻⁶", r"\ensuremath{\lambda = \num{1e-06}}", r"$\lambda = 10^{-6}$"),
    ),
    (
        *({"threshold": 2.5e-07}, (), "threshold 2.5e-07"),
        *("threshold 2.5 × 10⁻⁷", r"threshold \num{2.5e-07}", r"threshold $2.5 \times 10^{-7}$"),
        *("порог 2,5 × 10⁻⁷", r"порог \num{2.5e-07}", r"порог $2,5 \times 10^{-7}$"),
    ),
    (
        *({"hidden": [1]}, (), "1 units", "1 unit", r"\num{1} unit", "1 unit"),
        *("1 нейрон", r"\num{1} нейрон", "1 нейрон"),
    ),
    (*({"hidden": [75, 3, 75]}, (), "75-3-75", *3 * ("75-3-75 units",), *3 * ("75-3-75 нейронов",)),),
    (
        *({}, ({"centre": "patch"}, {"centre": "none"}), "patch + none"),
        *(3 * ("patch mean removed + patch mean kept",)),
        *(3 * ("вычтено среднее патча + среднее патча сохранено",)),
    ),
    (
        *(
            {"patches": 2},
            ({"stride": 4, "layer": 1}, {"stride": 8, "layer": 2}),
        ),
        "patches 2, stride 4, layer 1 + stride 8, layer 2",
        "2 patches, stride 4, layer 1 + stride 8, layer 2",
        r"\num{2} patches, stride \num{4}, layer \num{1} + stride \num{8}, layer \num{2}",
        "2 patches, stride 4, layer 1 + stride 8, layer 2",
        "2 патча, шаг 4, слой 1 + шаг 8, слой 2",
        r"\num{2} патча, шаг \num{4}, слой \num{1} + шаг \num{8}, слой \num{2}",
        "2 патча, шаг 4, слой 1 + шаг 8, слой 2",
    ),
    (
        *({"learner": "random_patches", "whiten": True, "mirror": False}, (), "random patches, whiten, no mirror"),
        *(3 * ("random patches, whitening, no mirrored images",)),
        *(3 * ("случайные патчи, отбеливание, без отражённых изображений",)),
    ),
    (
        *({"pooling": 2, "image_size": 0}, (), "pooling 2, image size 0"),
        *("2×2 cells, images at full size", r"\num{2}×\num{2} cells, images at full size"),
        *("2×2 cells, images at full size", "ячейки 2×2, изображения в полном размере"),
        *(r"ячейки \num{2}×\num{2}, изображения в полном размере", "ячейки 2×2, изображения в полном размере"),
    ),
    # A learner of the user: settings that no table names.
    (
        *({"noise_level": 0.5, "shared": True, "prior": "half_normal", "sizes": [4, 5]}, ()),
        "noise level 0.5, shared, half normal, sizes 4-5",
        "noise level 0.5, shared: yes, half normal, sizes 4-5",
        r"noise level \num{0.5}, shared: yes, half normal, sizes 4-5",
        "noise level 0.5, shared: yes, half normal, sizes 4-5",
        "noise level 0,5, shared: да, half normal, sizes 4-5",
        r"noise level \num{0.5}, shared: да, half normal, sizes 4-5",
        "noise level 0,5, shared: да, half normal, sizes 4-5",
    ),
]


@pytest.mark.parametrize(("settings", "together", "table", *"abcdef"), KINDS, ids=[kind[2] for kind in KINDS])
def test_labels_of_every_kind(settings, together, table, a, b, c, d, e, f):
    label = Label.of(settings, [Label.of(part) for part in together])
    assert str(label) == table
    assert [label_text(label, form) for form in Form] == [a, b, c]
    language.use(CATALOGUE)
    try:
        assert [label_text(label, form) for form in Form] == [d, e, f]
        assert str(label) == table, "tables are the same in every language"
    finally:
        language.use()


def test_labels_are_keys():
    assert Label.of({"hidden": [75]}) == Label.of({"hidden": (75,)})
    assert len({Label.of({"hidden": [75]}), Label.of({"hidden": [75]}), Label.of({"hidden": [5]})}) == 2


def test_no_character_of_a_key_or_value_is_markup():
    label = Label.of({"a_b": "50 % of $x$", "c": 3})
    assert label_text(label, Form.LATEX) == r"50 \% of \$x\$, c \num{3}"
    assert label_text(label, Form.MATPLOTLIB) == r"50 % of \$x\$, c 3"


def test_every_setting_has_a_name_and_unknown_ones_go_by_their_keys():
    assert set(SETTINGS) <= set(setting_names())
    assert setting_name("rho") == "ρ"
    assert setting_name("rho", Form.LATEX) == r"\ensuremath{\rho}"
    assert setting_name("rho", Form.MATPLOTLIB) == r"$\rho$"
    assert setting_name("noise_level") == "noise level"
    assert setting_name("noise_level", Form.LATEX) == "noise level"


def test_values_next_to_their_names():
    assert setting_value("hidden", [75, 50, 75]) == "75-50-75"
    assert setting_value("whiten", True) == "yes"
    assert setting_value("lambda", 1e-06) == "10⁻⁶"
    assert setting_value("encoding", "sign_split") == "split by sign"
    assert setting_value("prior", "half_normal") == "half normal"


@pytest.mark.usefixtures("russian")
def test_every_value_of_the_schema_is_translated():
    assert all(CYRILLIC.search(name) for key, name in setting_names().items() if key not in SYMBOLS)
    for key, schema in SETTINGS.items():
        values = schema.get("enum", [True, False] if schema.get("type") == "boolean" else [])
        for value in values:
            assert CYRILLIC.search(label_text(Label.of({key: value}))) or value in PROPER_NAMES, value
        if schema.get("type") in ("integer", "number") and key not in SYMBOLS:
            for number in (0, 1, 2, 5):
                assert CYRILLIC.search(label_text(Label.of({key: number}))), key
    assert label_text(PIXELS_LABEL) == "пиксели"


@pytest.mark.usefixtures("russian")
def test_a_word_depends_on_the_setting_that_it_is_a_value_of():
    assert setting_value("decoder", "linear") == "линейный выходной слой"
    assert setting_value("encoding", "linear") == "линейное кодирование"


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize(("count", "text"), [(1, "1 патч"), (3, "3 патча"), (11, "11 патчей"), (21, "21 патч")])
def test_plurals_are_russian(count, text):
    assert label_text(Label.of({"patches": count})) == text


@pytest.mark.usefixtures("russian")
def test_labels_of_the_default_study_hold_no_english_word():
    study = expand(DEFAULT)
    found = [combination.label for one in study.experiments.values() for combination in one.combinations]
    for label in [*found, *labels(study).values(), *feature_labels(study).values()]:
        assert not re.search("[a-z]", re.sub("ReLU|k-", "", label_text(label))), label


def test_labels_of_models_and_features_tell_them_apart():
    study = expand(DEFAULT)
    different = {
        (model.learner, *(str(model.settings[key]) for key in LEARNERS[model.learner].settings if key != "seed"))
        for model in study.models.values()
    }
    texts = {label_text(label) for name, label in labels(study).items() if name != PIXELS}
    assert len(texts) == len(different)

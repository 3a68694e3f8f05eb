"""Sentences and tables of the report about the labelled images before training, from the tables of the exploration."""

from __future__ import annotations

import pandas as pd

from lib.evaluation.exploration import DOUBT, LEAST
from lib.report.phrases import quoted
from lib.words.language import _, ngettext
from lib.words.latex import escape, fixed, integer, percent, table

Tables = dict[str, pd.DataFrame]  # the study's tables by name
# Parts of the section: the macros of their sentences, tables and kinds of figures.
PARTS = (
    (("ExplorationSample", "BalanceClaim", "IntensityClaim"), ("classes",), ("balance", "moments", "histograms")),
    (("PairClaim",), (), ("pairs",)),
    (("MapClaim",), (), ("pca", "tsne")),
    (("DoubtClaim",), ("doubts",), ("doubts",)),
)
NEARLY = 1.5  # classes are nearly balanced where the largest has at most so many times the images of the smallest
MOST_ROWS = {"classes": 24, "doubts": 10}  # of the report's tables


def _name(name: object) -> str:
    """Return the name of a class as a part of a sentence."""
    return quoted(escape(_(str(name))))


def sample(classes: pd.DataFrame) -> str:
    """Return how many training images are explored. classes: columns images and sampled, one row per class."""
    count, total = int(classes["sampled"].sum()), int(classes["images"].sum())
    if count == total:
        return _("All {count} training images are explored.").format(count=integer(count))
    return _(
        "A random sample of {count} of the {total} training images is explored, with images of each class in "
        "proportion to its size; numbers of images are those of all training images."
    ).format(count=integer(count), total=integer(total))


def balance(classes: pd.DataFrame) -> str:
    """Return whether the classes are balanced, and how often the largest class would be right.

    classes: columns class, images and share, one row per class.
    """
    largest, smallest = (classes.loc[at] for at in (classes["images"].idxmax(), classes["images"].idxmin()))
    count = len(classes)
    if largest["images"] == smallest["images"]:
        return ngettext(
            "The data have {count} class with {images} training images.",
            "The classes are balanced: each of the {count} classes has {images} training images.",
            count,
        ).format(count=integer(count), images=integer(largest["images"]))
    values = {
        "low": integer(smallest["images"]),
        "high": integer(largest["images"]),
        "smallest": _name(smallest["class"]),
        "largest": _name(largest["class"]),
        "ratio": fixed(largest["images"] / max(smallest["images"], 1), 1),
        "share": percent(largest["share"]),
    }
    if largest["images"] <= NEARLY * smallest["images"]:
        message = _(
            "The classes are nearly balanced: they have from {low} ({smallest}) to {high} ({largest}) training images."
        )
    else:
        message = _(
            "The classes are not balanced: the largest, {largest}, has {high} training images, {ratio} times as many "
            "as the smallest, {smallest}, with {low}. Who always answers {largest} is right for {share} of the "
            "training images, so an accuracy is to be compared with this share."
        )
    return message.format(**values)


def intensities(classes: pd.DataFrame) -> str:
    """Return the darkest and the brightest class, and the class whose images differ most from each other.

    classes: columns class, mean and variance, one row per class; NaN without an image in the sample.
    """
    known = classes.dropna(subset=["mean"])
    dark, bright = (known.loc[at] for at in (known["mean"].idxmin(), known["mean"].idxmax()))
    even, varied = (known.loc[at] for at in (known["variance"].idxmin(), known["variance"].idxmax()))
    if len(known) < 2:
        return ""
    return _(
        "On the scale from 0 to 255, the mean intensity of a class is between {low} ({dark}) and {high} ({bright}). "
        "Images of the class {varied} differ most from each other: the variance of a pixel is {most} on average; "
        "images of the class {even} differ least ({least})."
    ).format(
        low=fixed(dark["mean"], 1),
        dark=_name(dark["class"]),
        high=fixed(bright["mean"], 1),
        bright=_name(bright["class"]),
        varied=_name(varied["class"]),
        most=integer(varied["variance"]),
        even=_name(even["class"]),
        least=integer(even["variance"]),
    )


def nearest(pairs: pd.DataFrame) -> str:
    """Return how near the nearest images are, in all and of different classes, and how far images of one class.

    pairs: columns kind, image, other, image_class, other_class and distance, the first pair of each kind first.
    """
    first = pairs.groupby("kind", sort=False).first()
    if "nearest" not in first.index:
        return ""
    texts = []
    row = first.loc["nearest"]
    if row["distance"] == 0:
        copies = int(((pairs["kind"] == "nearest") & (pairs["distance"] == 0)).sum())
        texts.append(
            _(
                "The sample has exact copies: at least {count} of its pairs have the distance 0, such as images "
                "{image} and {other}."
            ).format(count=integer(copies), image=integer(row["image"]), other=integer(row["other"]))
        )
    else:
        texts.append(
            _("The nearest two images of the sample, {image} and {other}, have the distance {distance}.").format(
                **_of_pair(row)
            )
        )
    if "nearest_of_two_classes" in first.index:
        texts.append(
            _(
                "The nearest two images of different classes are a {first} (image {image}) and a {second} (image "
                "{other}), at the distance {distance}."
            ).format(**_of_pair(first.loc["nearest_of_two_classes"]))
        )
    if "farthest_of_one_class" in first.index:
        texts.append(
            _("The farthest two images of one class are of the class {first}, at the distance {distance}.").format(
                **_of_pair(first.loc["farthest_of_one_class"])
            )
        )
    if {"nearest_of_two_classes", "farthest_of_one_class"} <= set(first.index):
        near, far = (first.loc[kind, "distance"] for kind in ("nearest_of_two_classes", "farthest_of_one_class"))
        if near <= far:
            texts.append(_("No single distance separates pairs of one class from pairs of two classes."))
        else:
            texts.append(
                _("All images of one class are nearer to each other than to an image of another class in the sample.")
            )
    return " ".join(texts)


def _of_pair(row: pd.Series) -> dict[str, str]:
    return {
        "image": integer(row["image"]),
        "other": integer(row["other"]),
        "first": _name(row["image_class"]),
        "second": _name(row["other_class"]),
        "distance": integer(row["distance"]),
    }


def maps(components: pd.DataFrame) -> str:
    """Return how much of the variance the plane of the map shows, and how many components hold half of it.

    components: columns component and cumulative, one row per component.
    """
    shown = components["cumulative"].iloc[min(1, len(components) - 1)]
    text = _("The two leading principal components hold {share} of the variance.").format(share=percent(shown))
    enough = components[components["cumulative"] >= 0.9]
    if len(enough):
        count = int(enough["component"].iloc[0])
        more = ngettext(
            "{count} component holds at least 90\\,\\% of it.",
            "{count} components hold at least 90\\,\\% of it.",
            count,
        )
        text += " " + more.format(count=integer(count))
    else:
        more = _("The first {count} components together hold {share}.")
        text += " " + more.format(count=integer(len(components)), share=percent(components["cumulative"].iloc[-1]))
    return text


def doubts(classes: pd.DataFrame, found: pd.DataFrame) -> str:
    """Return how many labels are in doubt, the least probable one, and how often the model agrees with a label.

    classes: columns class, sampled and agreement. found: columns image, class, predicted, probability and
    predicted_probability, the least probable label first.
    """
    known = classes.dropna(subset=["agreement"])
    if known.empty:
        return _(
            "No label was checked: a cross-validation needs two classes with at least {least} images in the sample."
        ).format(least=integer(LEAST))
    checked = known["sampled"].sum()
    worst = known.loc[known["agreement"].idxmin()]
    text = _(
        "A logistic regression that has not seen an image predicts its label for {share} of the images, least often "
        "for the class {worst} ({least})."
    ).format(
        share=percent((known["agreement"] * known["sampled"]).sum() / checked),
        worst=_name(worst["class"]),
        least=percent(worst["agreement"]),
    )
    bound = percent(DOUBT, 0)
    if found.empty:
        return f"{text} " + _("It gives no image another class with a probability of {bound} or more.").format(
            bound=bound
        )
    first = found.iloc[0]
    doubted = ngettext(
        "It gives {count} of {checked} images another class with a probability of {bound} or more.",
        "It gives {count} of {checked} images another class with a probability of {bound} or more.",
        len(found),
    )
    values = {"count": integer(len(found)), "checked": integer(checked), "bound": bound}
    least = _(
        "The least probable label is that of image {image}: {label}, with a probability of {probability}; predicted is "
        "{predicted}. Such a label may be wrong, or the image may be unusual: only a look at it decides."
    ).format(
        image=integer(first["image"]),
        label=_name(first["class"]),
        predicted=_name(first["predicted"]),
        probability=percent(first["probability"], 3 if first["probability"] < 0.001 else 1),
    )
    return f"{text} {doubted.format(**values)} {least}"


def macros_of(tables: Tables) -> dict[str, str]:
    """Return the sentences by the names of their macros; without an exploration, its number of classes 0 alone."""
    if "exploration_classes" not in tables:
        return {"ExplorationCount": "0"}
    classes, pairs, found, components = (
        tables[f"exploration_{name}"] for name in ("classes", "pairs", "doubts", "components")
    )
    return {
        "ExplorationCount": str(len(classes)),
        "DoubtCount": str(len(found)),
        "ExplorationSample": sample(classes),
        "BalanceClaim": balance(classes),
        "IntensityClaim": intensities(classes),
        "PairClaim": nearest(pairs),
        "MapClaim": maps(components),
        "DoubtClaim": doubts(classes, found),
    }


def class_table(classes: pd.DataFrame) -> str:
    """Return one row per class: images, mean, deviation, variance, empty pixels, agreement; at most 24 rows."""
    rows = classes.head(MOST_ROWS["classes"])

    def cells(column: str, digits: int, factor: float = 1.0) -> list[str]:
        return ["–" if pd.isna(value) else fixed(factor * value, digits) for value in rows[column]]

    columns = {
        _("class"): [escape(_(str(name))) for name in rows["class"]],
        _("images"): [integer(count) for count in rows["images"]],
        _("share (%)"): cells("share", 1, 100),
        _("in the sample"): [integer(count) for count in rows["sampled"]],
        _("mean"): cells("mean", 1),
        _("standard deviation"): cells("deviation", 1),
        _("variance"): cells("variance", 0),
        _("empty pixels"): cells("empty_pixels", 0),
        _("predicted (%)"): cells("agreement", 1, 100),
    }
    return table(pd.DataFrame(columns), "l" + "r" * (len(columns) - 1))


def doubt_table(found: pd.DataFrame) -> str:
    """Return one row per image whose label is in doubt: its number, label, prediction, both probabilities; 10 rows."""
    rows = found.head(MOST_ROWS["doubts"])
    columns = {
        _("image"): [integer(number) for number in rows["image"]],
        _("label"): [escape(_(str(name))) for name in rows["class"]],
        _("probability (%)"): [fixed(100 * value, 3) for value in rows["probability"]],
        _("prediction"): [escape(_(str(name))) for name in rows["predicted"]],
        _("its probability (%)"): [fixed(100 * value, 1) for value in rows["predicted_probability"]],
    }
    return table(pd.DataFrame(columns), "rlrlr")


def latex_tables(tables: Tables) -> dict[str, str]:
    """Return the tables of the section by name, none without an exploration."""
    if "exploration_classes" not in tables:
        return {}
    return {
        "exploration_classes": class_table(tables["exploration_classes"]),
        "exploration_doubts": doubt_table(tables["exploration_doubts"]),
    }

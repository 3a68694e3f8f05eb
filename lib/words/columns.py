"""What the columns of the tables mean, for the pages of the tables and for docs/tables.md.

Functions rather than tables: a language may be chosen after this module is imported.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib.words.labels import setting_names
from lib.words.language import _


@dataclass(frozen=True)
class Columns:
    """Columns that are explained together.

    Attributes
    ----------
    names : of the columns, in the order in which the meaning speaks of them.
    tables : those in which they have this meaning; all that have them if empty.
    meaning : in the language in use; code is between backticks.
    """

    names: tuple[str, ...]
    tables: tuple[str, ...]
    meaning: str


def explained_columns() -> list[Columns]:
    """Return the meaning of every column but those that are settings."""
    return [
        Columns(
            ("model", "view", "features"),
            (),
            _(
                "name of a trained model (its folder in `models/`), name of a view, the way to take "
                "features from it (its folder below `features/`), and a label of both; `pixels` stands for "
                "raw intensities"
            ),
        ),
        Columns(
            ("experiment", "setting", "label"),
            (),
            _(
                "an experiment of the configuration, the number of one of its settings, and the label of "
                "that setting; setting 0 is the one that others are compared with, -1 stands for pixels"
            ),
        ),
        Columns(
            ("repetition", "repetitions", "seed"),
            (),
            _(
                "number of a repetition, how many there are, and the seed from which its patches, weights "
                "and classifier derive"
            ),
        ),
        Columns(
            ("label",),
            ("classes",),
            _("number of a class in the labels"),
        ),
        Columns(
            ("classifier",),
            (),
            _("name of the classifier in the configuration"),
        ),
        Columns(
            ("fold", "folds"),
            ("classification", "folds"),
            _("`all`, or the fold on which the classifier was trained; the number of folds"),
        ),
        Columns(
            ("n_train", "n_test", "n_features"),
            (),
            _("training images, test images, length of a feature vector"),
        ),
        Columns(
            ("f1_low", "f1_high"),
            ("accuracy", "networks"),
            _("95 % interval of macro F1 by the same bootstrap as that of accuracies"),
        ),
        Columns(
            ("accuracy", "log_loss", "f1_macro"),
            (),
            _(
                "share of test images classified correctly; mean negative logarithm of the predicted "
                "probability of the true class; F1 score averaged over classes"
            ),
        ),
        Columns(
            ("seconds",),
            ("classification", "accuracy"),
            _(
                "CPU seconds for choosing parameters, fitting and predicting, and for scaling and rotation "
                "unless several classifiers share them; comparable between classifiers of one study only"
            ),
        ),
        Columns(
            ("parameters", "multiply_adds", "epochs", "updates"),
            ("networks",),
            _(
                "learned parameters of a network, multiplications with weights for one image, passes through the "
                "training images, and updates of the weights"
            ),
        ),
        Columns(
            ("training_accuracy", "validation_accuracy", "gap", "chosen"),
            ("networks",),
            _(
                "accuracy on the images that a network learned from, and on the held-out part of the training images; "
                "accuracy in training minus accuracy in the test; and whether it is the network of the experiment "
                "that is best on the held-out part"
            ),
        ),
        Columns(
            ("epoch", "updates", "learning_rate", "loss", "cross_entropy", "training", "validation_loss", "validation"),
            ("network_training",),
            _(
                "number of an epoch, updates until its end, learning rate at its end, mean loss over its batches, "
                "the cross-entropy in it, accuracy on the images of the batches as they were seen, and cross-entropy "
                "and accuracy on the held-out part after the epoch"
            ),
        ),
        Columns(
            ("seconds",),
            ("networks", "network_training"),
            _("CPU seconds of the training, until the end of the epoch"),
        ),
        Columns(
            ("converged",),
            ("classification",),
            _("False if the fit to all training images ended before it had converged"),
        ),
        Columns(
            ("accuracy_low", "accuracy_high"),
            ("classification",),
            _(
                "Wilson's 95 % interval: uncertainty from the test images; with the effective number of "
                "test images where they are in groups"
            ),
        ),
        Columns(
            ("low", "high"),
            ("accuracy", "comparisons", "trends"),
            _("95 % interval by a bootstrap over test images, or groups of them, and repetitions"),
        ),
        Columns(
            ("low", "high"),
            ("measures", "convergence"),
            _("95 % interval of the mean by Student's t over the repetitions, missing for one repetition"),
        ),
        Columns(
            ("comparison", "measure", "judged"),
            ("contrasts",),
            _(
                "number of an entry under `compare` of the experiment, what it compares, and whether the answer is "
                "judged by this row; `classifier` is empty where the measure is `held_out_error`"
            ),
        ),
        Columns(
            ("against_setting", "against", "against_classifier", "value", "value_against"),
            ("contrasts",),
            _("the reference: setting, label and classifier; the measure, and that of the reference"),
        ),
        Columns(
            ("difference", "low", "high"),
            ("contrasts",),
            _(
                "the measure minus that of the reference for `accuracy`, `macro_f1` and `gap`, otherwise their ratio "
                "minus 1; and its 95 % interval: of `accuracy` and `macro_f1` by the paired bootstrap; of `gap`, and "
                "of the logarithms of `seconds` and `held_out_error`, by Student's t over the repetitions, missing for "
                "one repetition"
            ),
        ),
        Columns(
            ("p_value", "p_corrected", "comparisons"),
            ("contrasts",),
            _(
                "p-value of the difference, the same corrected by Holm's method, and the number of p-values that it is "
                "corrected for: those of the experiment that answer its question, or those that do not; missing for "
                "exact numbers and for one repetition"
            ),
        ),
        Columns(
            ("accuracy_std", "accuracy_mean"),
            ("accuracy", "folds"),
            _("standard deviation, and mean, over repetitions or folds"),
        ),
        Columns(
            ("key", "scale", "slope"),
            ("trends",),
            _(
                "the number that varies, whether it is compared by its logarithm (`log10`) or as it is "
                "(`linear`), and the slope of the accuracy over the settings by least squares, per tenfold "
                "or per unit of the number"
            ),
        ),
        Columns(
            ("measure", "mean"),
            ("measures",),
            _(
                "a measure of a model (a column of filters or training, or one of the shares of units), "
                "and its mean over the repetitions"
            ),
        ),
        Columns(
            ("effective_share",),
            ("measures",),
            _("effective number of filters, as a share of the number of filters"),
        ),
        Columns(
            ("oriented_share", "colour_share", "dead_share", "constant_share"),
            ("measures", "controls"),
            _(
                "shares of the filters that are oriented, and that are oriented with opponent colours; "
                "shares of the units of all layers that are dead, and that are constant"
            ),
        ),
        Columns(
            ("difference", "difference_low", "difference_high"),
            ("measures",),
            _("mean minus the mean of setting 0, paired by repetition, and its 95 % interval by Student's t"),
        ),
        Columns(
            ("against", "at"),
            ("convergence",),
            _("the unit of a checkpoint, `iterations` or `seconds` (of processor time), and its value"),
        ),
        Columns(
            ("reconstruction",),
            ("convergence",),
            _(
                "mean reconstruction error per patch over the repetitions, of the last iteration that had "
                "ended at the checkpoint"
            ),
        ),
        Columns(
            ("ratio", "ratio_low", "ratio_high"),
            ("convergence",),
            _(
                "the error divided by that of setting 0, a geometric mean over the repetitions, and its 95 "
                "% interval by Student's t of the logarithms"
            ),
        ),
        Columns(
            ("rival", "against", "against_classifier", "accuracy_against", "difference"),
            ("comparisons",),
            _(
                "what a setting is compared with (`pixels`, `first` for setting 0, `untrained` for the "
                "untrained network that is otherwise the same, `best_pixels` for the most accurate classifier of "
                "pixels in the study), its label, its classifier, its accuracy, and the accuracy "
                "minus the accuracy of the rival on the same images"
            ),
        ),
        Columns(
            ("effect_size",),
            ("comparisons",),
            _(
                "Cohen's g of the images that exactly one of the two classifies correctly: 0 means no "
                "effect; 0.05, 0.15 and 0.25 count as small, medium and large"
            ),
        ),
        Columns(
            ("p_value", "p_corrected", "comparisons"),
            ("comparisons", "trends"),
            _(
                "p-value of the paired bootstrap, the same corrected by Holm's method, and the number of "
                "comparisons with the same rival, or of classifiers, that it is corrected for"
            ),
        ),
        Columns(
            ("p_value", "p_corrected", "comparisons"),
            ("measures",),
            _(
                "p-value of Student's paired t-test over the repetitions (1 where nothing differs, missing "
                "where all differences are equal), the same corrected by Holm's method, and the number of "
                "settings with other models that it is corrected for"
            ),
        ),
        Columns(
            ("p_value", "p_corrected"),
            ("convergence",),
            _("p-value of the ratio, and the same corrected by Holm's method for the checkpoints of the setting"),
        ),
        Columns(
            ("true", "predicted", "count"),
            ("confusion",),
            _("true class, predicted class, and number of test images"),
        ),
        Columns(
            ("iterations", "evaluations", "loss", "seconds", "message", "device"),
            ("training",),
            _(
                "iterations of the algorithm, evaluations of loss and gradient, last loss, CPU seconds, "
                "why it ended; the device"
            ),
        ),
        Columns(
            ("reconstruction",),
            ("training",),
            _("last reconstruction error, 1/m sum ½‖h(x) − x‖²: the loss without weight decay and sparsity term"),
        ),
        Columns(
            ("relative_change",),
            ("training",),
            _(
                "relative decrease of the loss over the last tenth of the iterations, at least ten of them, or half of "
                "less than twenty"
            ),
        ),
        Columns(
            ("iterations_to_settle", "seconds_to_settle"),
            ("training",),
            _("after them the reconstruction error stays within 5 % of its last value"),
        ),
        Columns(
            ("units", "oriented_units"),
            ("filters",),
            _(
                "filters of the first hidden layer; those with an edge-likeness of at least 0.6, missing for filters "
                "below 5 × 5 pixels"
            ),
        ),
        Columns(
            ("colour_units",),
            ("filters",),
            _(
                "oriented filters of which at least half of the energy differs between the colour "
                "channels; missing for grey images, and for filters below 5 × 5 pixels"
            ),
        ),
        Columns(
            ("control", "filters"),
            ("controls",),
            _(
                "a kind of filters that are not edges (`noise`: white noise; `blobs`: Gaussian blobs at "
                "random places; `ramps`: linear ramps from side to side; `patches`: raw training patches), "
                "and how many were measured"
            ),
        ),
        Columns(
            ("flat_variance",),
            ("controls",),
            _(
                "share of the variance of all their values that the mean of each filter, or patch, in every "
                "channel explains"
            ),
        ),
        Columns(
            ("edge_likeness",),
            ("filters", "controls"),
            _(
                "mean share of a filter's energy in the oriented grating that fits it best; missing for filters below "
                "5 × 5 pixels, on which some grating fits white noise"
            ),
        ),
        Columns(
            ("effective_filters",),
            ("filters",),
            _(
                "effective number of filters: as many orthogonal filters would have the same mean squared cosine "
                "between two of them; all filters if they are orthogonal, 1 if all are copies of one; filters of "
                "constant units do not count"
            ),
        ),
        Columns(
            ("mean_activation", "constant_units", "dead_units"),
            ("filters",),
            _(
                "of the hidden units on the training patches; units that do not vary; dead units: constant "
                "sigmoid units, or rectified units that are never active"
            ),
        ),
        Columns(
            ("explained_variance", "held_out_error", "collapsed"),
            ("filters",),
            _(
                "share of the patches' variance that the reconstruction explains; mean squared reconstruction "
                "error of normalised patches of test images; whether nine tenths of a layer are constant, or all of "
                "its units say the same of a patch"
            ),
        ),
        Columns(
            ("elbo", "importance_bound"),
            ("filters", "bounds"),
            _(
                "lower bounds of the mean log-likelihood that a variational autoencoder gives patches of test images, "
                "in nats: the evidence lower bound, and the tighter one that weights 50 codes of each patch"
            ),
        ),
        Columns(
            ("cross_entropy", "divergence"),
            ("filters", "bounds"),
            _(
                "terms of the evidence lower bound, which is minus their sum, in nats: the error of the "
                "reconstruction, and the divergence of the codes of a patch from their prior"
            ),
        ),
        Columns(
            ("check", "parameters", "relative_error", "tolerance", "passed", "network"),
            ("gradient_check",),
            _("what was compared, at how many parameters, the error and its bound, for which network"),
        ),
        Columns(
            ("groups",),
            ("data",),
            _(
                "number of groups of images that are not independent of each other; missing where every "
                "image is its own"
            ),
        ),
        Columns(
            ("split", "images", "images_of", "side", "channels"),
            ("data", "classes"),
            _(
                "training, test or unlabelled images, how many, the split that stands in where "
                "there are none, side in pixels, colour channels"
            ),
        ),
        Columns(
            ("classes", "smallest_class", "largest_class", "class"),
            ("data", "classes"),
            _("number of classes, images of the smallest and the largest, name of a class"),
        ),
        Columns(
            ("mean_red", "mean_green", "mean_blue", "std_red", "std_green", "std_blue"),
            ("data",),
            _("mean and standard deviation of intensities from 0 to 255"),
        ),
        Columns(
            ("first", "second", "images"),
            ("duplicates",),
            _("two splits, and how many images of the first are exact copies of an image of the second"),
        ),
        Columns(
            ("class", "images", "share", "sampled"),
            ("exploration_classes",),
            _("name of a class, its training images, their share of all, and how many of them the sample has"),
        ),
        Columns(
            ("mean", "deviation", "variance", "empty_pixels", "agreement"),
            ("exploration_classes",),
            _(
                "mean and standard deviation of all intensities of the class from 0 to 255, mean over the pixels of "
                "the variance between its images, pixels that are 0 in all of them, and share of its labels that a "
                "model predicts which has not seen the image"
            ),
        ),
        Columns(
            ("kind", "image", "other", "image_class", "other_class", "distance"),
            ("exploration_pairs",),
            _(
                "why a pair is listed (`nearest` of all, `nearest_of_two_classes`, or `farthest_of_one_class`), the "
                "numbers of its training images from 0, their classes, and the Euclidean distance of their intensities"
            ),
        ),
        Columns(
            ("image", "class", "predicted"),
            ("exploration_doubts",),
            _("number of a training image from 0, its label, and the class that a model predicts"),
        ),
        Columns(
            ("probability", "predicted_probability"),
            ("exploration_doubts",),
            _(
                "probabilities of the label and of the predicted class, by a logistic regression on principal "
                "components that has not seen the image (cross-validation)"
            ),
        ),
        Columns(
            ("image", "class", "pca_1", "pca_2", "tsne_1", "tsne_2"),
            ("exploration_maps",),
            _(
                "number of a training image from 0, its class, its scores of the two leading principal components, and "
                "its coordinates by t-SNE, which have no unit"
            ),
        ),
        Columns(
            ("component", "explained", "cumulative"),
            ("exploration_components",),
            _(
                "number of a principal component of the images, its share of the variance, and the share of it and all "
                "before it"
            ),
        ),
        Columns(
            ("file", "files", "bytes", "sha256"),
            ("files",),
            _("a raw file or folder, how many files it is, its size and checksum"),
        ),
        Columns(
            ("note", "message", "values"),
            ("notes",),
            _(
                "what was converted, left out or is remarkable in the raw files; its sentence with "
                "placeholders for values, and the values as JSON"
            ),
        ),
        Columns(
            ("stage", "jobs", "seconds", "longest", "cpu_seconds", "memory"),
            ("costs",),
            _(
                "a stage, its jobs, the sum of their wall-clock seconds, the seconds of the longest, and "
                "from the last lines of the logs CPU seconds and the largest memory of a job in MB (2^20 "
                "bytes), missing if a log has no such line"
            ),
        ),
        Columns(
            ("source", "data", "this_study"),
            ("published",),
            _(
                "who published an accuracy on which data, which are those of this study, and the accuracy "
                "of this study at the same settings"
            ),
        ),
        Columns(
            ("text",),
            ("comments",),
            _("a comment of the author on an experiment, with its numbers"),
        ),
        Columns(
            ("key", "value"),
            ("configuration",),
            _("every key of the configuration and its value"),
        ),
    ]


def explanation(table: str, column: str) -> Columns:
    """Return the columns that a column of a table is explained with; a setting is called by its name.

    The meaning of an unknown column is empty.
    """
    known = [columns for columns in explained_columns() if column in columns.names]
    known.sort(key=lambda columns: (table not in columns.tables, bool(columns.tables)))
    return known[0] if known else Columns((column,), (table,), setting_names().get(column, ""))

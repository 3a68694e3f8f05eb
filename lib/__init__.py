"""The science of the study: functions on arrays, without Snakemake."""

"""The science of the study: functions on arrays and tables. Nothing here uses Snakemake."""

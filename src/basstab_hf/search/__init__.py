"""Hyperparameter search with Ray Tune over the training of `train`, in the order of the path:

config, space       a search file -> parameters and their ranges -> the training configuration of a trial
search              all of it: the folder, its beginning, its end
storage, tuner      where unfinished trials lie; Ray Tune with searcher, scheduler and room on the cluster
trial, budget       in a worker: a training that reports and goes on; seconds of a budget -> steps
trials, watcher     the values that a search is told in; Ray Tune's trials as these, told to listeners
standing, table     how it stands and how long it takes; shown on stderr
tracked             recorded in MLflow or trackio
results, scales, importance, plots, report
                    tables, pictures and a page of what came of it
trainer_search      the same file for transformers' own Trainer.hyperparameter_search
"""

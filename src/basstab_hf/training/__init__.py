"""From a dataset, or tabs as they lie, to a model folder.

config                       dataclass -> YAML -> `--set key=value`
data, augmentation           pieces, drawn anew each epoch -> blocks of token ids; other tabs of the same song
bar_chords                   the chords that a piece is told, behind the bar lines in front of their bars
epoch_order                  seed and epoch -> the order of the blocks
material                     what a run learns from: a dataset, or files of tabs; pieces held out where it has none
base                         the model that a run goes on from: sizes, tokens, weights
replay                       composed songs beside one's own, so that nothing is forgotten
ranges, checks               what a configuration may say, asked before any work
device                       what a run computes on, and how precisely
setup                        what a run is made of: arguments, tokenizer, Trainer
muon                         an optimizer for short runs: `training.optim: muon`
tab_trainer, column_trainer  the Trainer, made exact: resume, processes, guards; and counting in columns
callbacks, progress, loss_curve  what is told and drawn on the way
run_folder                   whether a run may begin or go on at a place, and from which checkpoint
train                        the whole run
processes, train_on_ray      the same in several processes, on several machines
"""

// What model/song_contexts.py and model/mixture.py do, number by number; these say what all of it is. One header, for the decoder.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace mixture {

namespace py = pybind11;

enum Kind { kColumns, kBarLine, kEnd, kTuning, kOther };
enum Symbol { kToken, kRhythm, kHead, kSymbols };

constexpr int kOrders[] = {0, 1, 2, 3, 4, 6, 8, 11, 16, 24, 40};
constexpr int kLengthClass[] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5};
constexpr int kRhythmOrders[] = {1, 2, 3, 5, 8, 13}, kHeadOrders[] = {1, 2, 3, 4, 6};
constexpr int kTokenContexts = 11 + 12, kRhythmContexts = 6 + 3, kHeadContexts = 5 + 3;
constexpr int kContexts = kTokenContexts + kRhythmContexts + kHeadContexts;
constexpr size_t kKept = 12;
constexpr int kCountClasses = 50, kLengthClasses = 6, kBarClasses = 9, kSureClasses = 5, kOtherClasses = 5;
constexpr int kLookedBack = 6;
constexpr double kSpecific = 0.5, kLeastSlope = 1e-4;
constexpr double kEntropies[] = {0.25, 0.7, 1.3, 2.1};

inline Symbol expects(int context) {
    return context < kTokenContexts ? kToken : context < kTokenContexts + kRhythmContexts ? kRhythm : kHead;
}

inline int count_class(int64_t count) { return (count >= 2) + (count >= 3) + (count >= 5) + (count >= 10); }
inline int others_class(int64_t count) { return (count >= 1) + (count >= 2) + (count >= 4) + (count >= 9); }

// Keys are hashes of what Python compares: 64 bits, so that no two of a few million are likely to be one.
using Key = uint64_t;
inline Key with(Key key, int64_t value) {
    key ^= static_cast<Key>(value) + 0x9E3779B97F4A7C15ULL + (key << 6) + (key >> 2);
    key *= 0xFF51AFD7ED558CCDULL;
    return key ^ (key >> 32);
}
inline Key key_of(std::initializer_list<int64_t> values) {
    Key key = 0x2545F4914F6CDD1DULL + values.size();
    for (const int64_t value : values) key = with(key, value);
    return key;
}

struct Facts {
    std::vector<int> kinds, columns, rhythms, heads;
    std::vector<bool> ignored;

    explicit Facts(const py::handle &facts)
        : kinds(facts.attr("kinds").cast<std::vector<int>>()), columns(facts.attr("columns").cast<std::vector<int>>()),
          rhythms(facts.attr("rhythms").cast<std::vector<int>>()), heads(facts.attr("heads").cast<std::vector<int>>()),
          ignored(facts.attr("ignored").cast<std::vector<bool>>()) {
        const size_t size = kinds.size();
        if (!size || columns.size() != size || rhythms.size() != size || heads.size() != size || ignored.size() != size)
            throw py::value_error("facts are of one vocabulary");
        for (size_t token = 0; token < size; token++)
            if (rhythms[token] < 0 || rhythms[token] >= static_cast<int>(size) || heads[token] < -1 ||
                heads[token] >= static_cast<int>(size))
                throw py::value_error("a number of a rhythm or head is out of range");
    }
    int size() const { return static_cast<int>(kinds.size()); }
    void check(int token) const {
        if (token < 0 || token >= size()) throw py::index_error("a token is out of range");
    }
    int symbol(int token, Symbol kind) const {
        return kind == kToken ? token : kind == kRhythm ? rhythms[token] : heads[token];
    }
};

class History {
public:
    explicit History(const Facts &facts) : facts_(facts), bars_(1) {}

    void read(int token) {
        const int kind = facts_.kinds[token];
        repeats_.push_back(before(1) == token);
        bars_.back()[column_] = token;
        tokens_.push_back(token);
        rhythms_.push_back(facts_.rhythms[token]);
        if (facts_.heads[token] >= 0) heads_.push_back(facts_.heads[token]);
        in_bar_++;
        if (kind == kBarLine) {
            width_2_ = width_1_;
            width_1_ = column_;
            last_bar_ = bar_;
            bars_.emplace_back();
            bars_in_system_++;
            open_bar();
        } else if (kind == kEnd) {
            bars_in_last_system_ = bars_in_system_;
            bars_in_system_ = 0;
        } else if (kind == kTuning) {
            bars_in_system_ = -1;
            open_bar();
        } else {
            column_ += facts_.columns[token];
            bar_ = with(bar_, token);
            bar_rhythm_ = with(bar_rhythm_, facts_.rhythms[token]);
        }
    }

    void keys(std::vector<Key> &found) const {
        found.clear();
        const int64_t column = column_, last = tokens_.empty() ? -1 : tokens_.back();
        const int64_t last_head = heads_.empty() ? -1 : heads_.back();
        const int one = before(1), two = before(2), four = before(4), eight = before(8);
        const auto rhythm = [&](int token) -> int64_t { return token < 0 ? -1 : facts_.rhythms[token]; };
        const auto head = [&](int token) -> int64_t { return token < 0 ? -1 : facts_.heads[token]; };
        const auto bar = static_cast<int64_t>(bar_);
        for (const int order : kOrders) found.push_back(end_of(tokens_, order));
        found.push_back(key_of({column, last}));
        found.push_back(key_of({column, one, last}));
        found.push_back(key_of({column, two, one}));
        found.push_back(key_of({column, two, last}));
        found.push_back(key_of({column, four, last}));
        found.push_back(key_of({column, four, two, one}));
        found.push_back(key_of({column, eight, one}));
        found.push_back(key_of({bar}));
        found.push_back(key_of({bar, static_cast<int64_t>(last_bar_)}));
        found.push_back(key_of({bar, bars_in_system_}));
        found.push_back(key_of({column, in_bar_ == 0, bars_in_system_, bars_in_last_system_}));
        found.push_back(key_of({column, width_1_, width_2_}));
        for (const int order : kRhythmOrders) found.push_back(end_of(rhythms_, order));
        found.push_back(key_of({static_cast<int64_t>(bar_rhythm_)}));
        found.push_back(key_of({column, rhythm(one), rhythm(two)}));
        found.push_back(key_of({column, rhythm(four), rhythm(one)}));
        for (const int order : kHeadOrders) found.push_back(end_of(heads_, order));
        found.push_back(key_of({column, head(one), head(two)}));
        found.push_back(key_of({column, head(four), last_head}));
        found.push_back(key_of({column, last_head}));
    }

    int bar_class() const {
        const size_t looked = std::min<size_t>(kLookedBack, repeats_.size());
        const auto hits = static_cast<size_t>(std::count(repeats_.end() - static_cast<long>(looked), repeats_.end(), true));
        const int repeating = hits == 0 ? 0 : hits < looked ? 1 : 2;
        return repeating * 3 + (in_bar_ == 0 ? 0 : in_bar_ < 4 ? 1 : 2);
    }

private:
    const Facts &facts_;
    std::vector<int> tokens_, rhythms_, heads_;
    std::vector<std::unordered_map<int64_t, int>> bars_;
    std::vector<bool> repeats_;
    Key bar_ = 1, bar_rhythm_ = 1, last_bar_ = 1;
    int64_t column_ = 0, width_1_ = -1, width_2_ = -1, in_bar_ = 0, bars_in_system_ = 0, bars_in_last_system_ = 0;

    void open_bar() {
        bar_ = bar_rhythm_ = 1;
        column_ = in_bar_ = 0;
    }

    int before(size_t bars) const {
        if (bars >= bars_.size()) return -1;
        const auto &bar = bars_[bars_.size() - 1 - bars];
        const auto found = bar.find(column_);
        return found == bar.end() ? -1 : found->second;
    }

    static Key end_of(const std::vector<int> &symbols, int length) {
        Key key = 0x9E3779B97F4A7C15ULL;
        const auto size = static_cast<int>(symbols.size());
        for (int place = size - length; place < size; place++) key = with(key, place < 0 ? -1 : symbols[place]);
        return key;
    }
};

struct Seen {
    int64_t total = 0;
    std::vector<std::pair<int, int64_t>> symbols;  // and their counts, the last one first

    void add(int symbol) {
        total++;
        auto place = std::find_if(symbols.begin(), symbols.end(), [&](const auto &one) { return one.first == symbol; });
        std::pair<int, int64_t> entry{symbol, 0};
        if (place != symbols.end()) {
            entry = *place;
            symbols.erase(place);
        }
        entry.second++;
        symbols.insert(symbols.begin(), entry);
        if (symbols.size() > kKept) symbols.pop_back();
    }
};

class Counts {
public:
    Counts() : seen_(kContexts) {}

    void add(const Facts &facts, const std::vector<Key> &keys, int token) {
        for (int context = 0; context < kContexts; context++)
            if (const int symbol = facts.symbol(token, expects(context)); symbol >= 0)
                seen_[context][keys[context]].add(symbol);
    }

    const Seen *found(int context, Key key) const {
        const auto found = seen_[context].find(key);
        return found == seen_[context].end() ? nullptr : &found->second;
    }

    void learn(const Facts &facts, const std::vector<int> &song) {
        History history(facts);
        std::vector<Key> keys;
        for (const int token : song) {
            facts.check(token);
            if (facts.ignored[token]) continue;
            history.keys(keys);
            add(facts, keys, token);
            history.read(token);
        }
    }

private:
    std::vector<std::unordered_map<Key, Seen>> seen_;
};

struct Weights {
    std::vector<double> model, shared, by_length, by_bar;  // as in Python, flat
    std::vector<double> squares[4];
    int sources;

    explicit Weights(const std::vector<std::vector<double>> &arrays) {
        if (arrays.size() != 8) throw py::value_error("eight arrays are expected");
        model = arrays[0], shared = arrays[1], by_length = arrays[2], by_bar = arrays[3];
        const size_t one = static_cast<size_t>(kContexts) * kCountClasses;
        sources = static_cast<int>(shared.size() / one);
        const size_t all = one * static_cast<size_t>(sources);
        if (sources < 1 || sources > 2 || model.size() != kLengthClasses * kSureClasses || shared.size() != all ||
            by_length.size() != all * kLengthClasses || by_bar.size() != all * kBarClasses)
            throw py::value_error("an array of the weights has another size");
        for (int which = 0; which < 4; which++) {
            if (arrays[4 + which].size() != arrays[which].size())
                throw py::value_error("an array of squares has another size");
            squares[which] = arrays[4 + which];
        }
    }

    std::vector<std::vector<double>> arrays() const {
        return {model, shared, by_length, by_bar, squares[0], squares[1], squares[2], squares[3]};
    }
};

inline void step(std::vector<double> &weights, std::vector<double> &squares, size_t place, double slope, double rate) {
    squares[place] += slope * slope;
    weights[place] += rate * slope / std::sqrt(squares[place]);
}

// What mixing in a song begins with; facts, weights and memory are shared by all songs.
struct Mixer {
    std::shared_ptr<const Facts> facts;
    std::shared_ptr<const Weights> weights;
    std::shared_ptr<const Counts> memory;  // or none
    double share;
};

class Mixture {
public:
    // `learning`: the weights that are changed, usually a copy of the mixer's; none: they stay.
    Mixture(const Mixer &mixer, Weights *learning, double rate)
        : mixer_(mixer), facts_(*mixer_.facts), learning_(learning), rate_(rate), history_(facts_), chances_(facts_.size()) {
        for (auto &sums : by_symbol_) sums.assign(facts_.size() + 1, 0.0);
    }
    Mixture(const Mixture &) = delete;

    void read(int token) {
        facts_.check(token);
        if (mixed_ && learning_) learn(token);
        if (!facts_.ignored[token]) {
            if (!mixed_) history_.keys(keys_);
            counts_.add(facts_, keys_, token);
            history_.read(token);
        }
        mixed_ = false;
    }

    // Log-probabilities of the model become those of the mixture.
    void mix(std::vector<double> &scores) {
        if (scores.size() != static_cast<size_t>(facts_.size())) throw py::value_error("a row has another size");
        normalise(scores);
        log_p_ = scores;
        const Weights &weights = learning_ ? *learning_ : *mixer_.weights;
        history_.keys(keys_);
        bar_class_ = history_.bar_class();
        features_.clear();
        int longest = 0;
        for (int source = 0; source < weights.sources; source++) {
            const Counts &counts = source ? *mixer_.memory : counts_;
            int length = 0;
            for (size_t place = 0; place < std::size(kOrders); place++)
                if (counts.found(static_cast<int>(place), keys_[place])) length = std::max(length, kLengthClass[place]);
            if (!source) longest = length;
            for (int context = 0; context < kContexts; context++) {
                const Seen *seen = counts.found(context, keys_[context]);
                if (!seen) continue;
                bool recent = true;
                for (const auto &[symbol, count] : seen->symbols) {
                    const int which = (count_class(count) * kOtherClasses + others_class(seen->total - count)) * 2 + recent;
                    const size_t place = (static_cast<size_t>(source) * kContexts + context) * kCountClasses + which;
                    features_.push_back({place, symbol, length, expects(context)});
                    recent = false;
                }
            }
        }
        double entropy = 0;
        for (const double number : log_p_) {
            const double chance = std::exp(number);
            if (chance > 0) entropy -= chance * number;
        }
        int sure = 0;
        for (const double start : kEntropies) sure += entropy >= start;
        model_place_ = static_cast<size_t>(longest) * kSureClasses + sure;
        const double exponent = 1 + mixer_.share * (weights.model[model_place_] - 1);
        for (const Feature &one : features_)
            by_symbol_[one.kind][one.symbol] += weights.shared[one.place] +
                                                weights.by_length[one.place * kLengthClasses + one.length] +
                                                weights.by_bar[one.place * kBarClasses + bar_class_];
        for (int token = 0; token < facts_.size(); token++) {
            const int head = facts_.heads[token];
            const double sum = by_symbol_[kToken][token] + by_symbol_[kRhythm][facts_.rhythms[token]] +
                               (head < 0 ? 0.0 : by_symbol_[kHead][head]);
            scores[token] = exponent * scores[token] + mixer_.share * sum;
        }
        for (const Feature &one : features_) by_symbol_[one.kind][one.symbol] = 0;
        normalise(scores);
        if (learning_)
            for (size_t token = 0; token < scores.size(); token++) chances_[token] = std::exp(scores[token]);
        mixed_ = true;
    }

private:
    struct Feature {
        size_t place;
        int symbol, length;
        Symbol kind;
    };

    Mixer mixer_;
    const Facts &facts_;
    Weights *learning_;
    double rate_;
    History history_;
    Counts counts_;
    std::vector<Key> keys_;
    std::vector<Feature> features_;
    std::vector<double> log_p_, chances_, by_symbol_[kSymbols], expected_[kSymbols];
    size_t model_place_ = 0;
    int bar_class_ = 0;
    bool mixed_ = false;

    static void normalise(std::vector<double> &scores) {
        const double most = *std::max_element(scores.begin(), scores.end());
        double sum = 0;
        for (const double score : scores) sum += std::exp(score - most);
        const double rest = most + std::log(sum);
        for (double &score : scores) score -= rest;
    }

    void learn(int token) {
        Weights &weights = *learning_;
        for (auto &sums : expected_) sums.assign(chances_.size(), 0.0);
        double mean = 0;
        for (size_t one = 0; one < chances_.size(); one++) {
            const double chance = chances_[one];
            expected_[kRhythm][facts_.rhythms[one]] += chance;
            if (facts_.heads[one] >= 0) expected_[kHead][facts_.heads[one]] += chance;
            if (chance > 0) mean += chance * log_p_[one];
        }
        expected_[kToken] = chances_;
        step(weights.model, weights.squares[0], model_place_, log_p_[token] - mean, rate_);
        for (const Feature &one : features_) {
            const bool right = facts_.symbol(token, one.kind) == one.symbol;
            const double slope = static_cast<double>(right) - expected_[one.kind][one.symbol];
            if (std::abs(slope) < kLeastSlope) continue;
            step(weights.shared, weights.squares[1], one.place, slope, rate_);
            step(weights.by_length, weights.squares[2], one.place * kLengthClasses + one.length, slope,
                 rate_ * kSpecific);
            step(weights.by_bar, weights.squares[3], one.place * kBarClasses + bar_class_, slope, rate_ * kSpecific);
        }
    }
};

// As Python sees it.
class PyCounts {
public:
    explicit PyCounts(const py::handle &facts) : facts_(std::make_shared<const Facts>(facts)), counts_(std::make_shared<Counts>()) {}
    void learn(const std::vector<int> &song) { counts_->learn(*facts_, song); }
    std::shared_ptr<const Counts> counts() const { return counts_; }

private:
    std::shared_ptr<const Facts> facts_;
    std::shared_ptr<Counts> counts_;
};

using Rows = py::array_t<float, py::array::c_style | py::array::forcecast>;

class PyMixer {
public:
    PyMixer(const py::handle &facts, const std::vector<std::vector<double>> &weights, const PyCounts *memory, double share)
        : mixer_{std::make_shared<const Facts>(facts), std::make_shared<const Weights>(weights),
                 memory ? memory->counts() : nullptr, share} {
        if (mixer_.weights->sources != (memory ? 2 : 1)) throw py::value_error("weights are of another number of sources");
    }

    const Mixer &mixer() const { return mixer_; }

    std::vector<double> score(const std::vector<int> &ids, const Rows &log_p, double rate) const {
        Weights weights = *mixer_.weights;
        return score_with(weights, ids, log_p, rate);
    }

    // Goes on learning for good.
    std::vector<double> fit(const std::vector<int> &ids, const Rows &log_p, double rate) {
        auto weights = std::make_shared<Weights>(*mixer_.weights);
        auto nats = score_with(*weights, ids, log_p, rate);
        mixer_.weights = weights;
        return nats;
    }

    std::vector<std::vector<double>> weights() const { return mixer_.weights->arrays(); }

private:
    Mixer mixer_;

    std::vector<double> score_with(Weights &weights, const std::vector<int> &ids, const Rows &log_p, double rate) const {
        const int size = mixer_.facts->size();
        if (log_p.ndim() != 2 || log_p.shape(0) != static_cast<py::ssize_t>(ids.size()) || log_p.shape(1) != size)
            throw py::value_error("log_p is not [tokens, vocabulary]");
        for (const int token : ids) mixer_.facts->check(token);
        const float *rows = log_p.data();
        py::gil_scoped_release others;
        Mixture mixture(mixer_, rate > 0 ? &weights : nullptr, rate);
        std::vector<double> nats, row;
        for (size_t place = 0; place < ids.size(); place++) {
            const float *start = rows + place * static_cast<size_t>(size);
            row.assign(start, start + size);
            mixture.mix(row);
            nats.push_back(-row[ids[place]]);
            mixture.read(ids[place]);
        }
        return nats;
    }
};

// A song that is written, led from outside.
class PySong {
public:
    explicit PySong(const Mixer &mixer) : mixture_(mixer, nullptr, 0.0) {}
    void read(const std::vector<int> &tokens) {
        for (const int token : tokens) mixture_.read(token);
    }
    py::array_t<double> mix(const py::array_t<double, py::array::c_style | py::array::forcecast> &logits) {
        if (logits.ndim() != 1) throw py::value_error("one row is expected");
        std::vector<double> row(logits.data(), logits.data() + logits.size());
        mixture_.mix(row);
        return py::array_t<double>(static_cast<py::ssize_t>(row.size()), row.data());
    }

private:
    Mixture mixture_;
};

inline void bind(py::module_ &m) {
    py::class_<PySong>(m, "MixtureSong").def("read", &PySong::read).def("mix", &PySong::mix);
    py::class_<PyCounts>(m, "Counts").def(py::init<const py::object &>(), py::arg("facts")).def("learn", &PyCounts::learn);
    py::class_<PyMixer>(m, "Mixer")
        .def(py::init<const py::object &, const std::vector<std::vector<double>> &, const PyCounts *, double>(),
             py::arg("facts"), py::arg("weights"), py::arg("memory"), py::arg("share"))
        .def("start", [](const PyMixer &mixer) { return std::make_unique<PySong>(mixer.mixer()); })
        .def("score", &PyMixer::score)
        .def("fit", &PyMixer::fit)
        .def("weights", &PyMixer::weights);
}

}  // namespace mixture

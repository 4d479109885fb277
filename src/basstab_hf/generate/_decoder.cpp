// A GPT-2 that writes tabs by itself: what numpy_engine.py, loop.py, sampling.py and match_cache.py do, number by
// number, without a call into Python for each token. Those modules are the ones to read first.
//
// Input: sizes and float32 arrays of a checked model folder, and plans (plan.py). Output: logits, or continuations.
//
// Sums run over inputs in ascending order whatever is computed beside them, so that a tab does not depend on the tabs
// that are written at the same time. Loops are plain; on x86 they are compiled for each set of vector instructions.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "mixture.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace py = pybind11;

#if defined(__GNUC__)
#define INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define NO_UNROLL _Pragma("GCC unroll 1")  // GCC 12 takes a short loop apart before it sees that it is one vector
#else
#define INLINE __forceinline
#define UNROLL
#define NO_UNROLL
#endif

namespace {

constexpr int kLanes = 16;     // floats that every inner loop takes at once
constexpr int kRows = 32;      // tokens of one forward pass: their numbers stay in the nearer caches
constexpr int kStreams = 16;   // tabs written at the same time
constexpr int kTogether = 4;   // rows that share what is loaded of a matrix
constexpr double kNever = -std::numeric_limits<double>::infinity();

int round_up(int size) { return (size + kLanes - 1) / kLanes * kLanes; }

[[noreturn]] void refuse(const std::string &what) {
    py::set_error(py::module_::import("basstab_hf.errors").attr("InputError"), what.c_str());
    throw py::error_already_set();
}

// Zeros, aligned to a cache line; pages that nobody writes to take no memory.
template <class T>
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(size_t size) : memory_(std::calloc(size * sizeof(T) + 64, 1), std::free) {
        if (!memory_) throw std::bad_alloc();
        const auto address = (reinterpret_cast<uintptr_t>(memory_.get()) + 63) / 64 * 64;
        start_ = reinterpret_cast<T *>(address);
    }
    T *at(size_t place = 0) const { return start_ + place; }
    explicit operator bool() const { return start_ != nullptr; }

private:
    std::unique_ptr<void, void (*)(void *)> memory_{nullptr, std::free};
    T *start_ = nullptr;
};

// ------------------------------------------------------------------------------------------------ kernels

// Weights come as float32; as half, where all of a matrix are float16 numbers, as training saves them; or as int8.
// A half has the bits of a float32 without its 13 last ones and 102 less in the exponent: nothing is lost down to the
// smallest float16, and unpacking is a shift. Inputs are multiplied by 2^102 in turn.
struct Half {
    int16_t bits;
};
template <class T>
constexpr float kFactor = 1.0f;
template <>
constexpr float kFactor<Half> = 0x1p102f;

INLINE float value(float weight) { return weight; }
INLINE float value(int8_t weight) { return static_cast<float>(weight); }
INLINE float value(Half weight) {
    const uint32_t bits = static_cast<uint32_t>(weight.bits) << 13 & 0x8fffe000u;  // the sign is repeated on the left
    float result;
    std::memcpy(&result, &bits, 4);
    return result;
}

// y[r][0..n) += sum over U inputs of x[r][u] * w[u][0..n), for R rows.
template <class T, int R, int U>
INLINE void add_products(int n, const float *x, size_t x_step, const T *__restrict w, size_t w_step,
                         float *__restrict y, size_t y_step) {
    float factors[R][U];
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int u = 0; u < U; u++) factors[r][u] =
        x[r * x_step + u] * kFactor<T>;
    NO_UNROLL for (int j = 0; j < n; j++) {
        float weights[U];
        UNROLL for (int u = 0; u < U; u++) weights[u] = value(w[u * w_step + j]);
        UNROLL for (int r = 0; r < R; r++) {
            float sum = y[r * y_step + j];
            UNROLL for (int u = 0; u < U; u++) sum += factors[r][u] * weights[u];
            y[r * y_step + j] = sum;
        }
    }
}

// The same over any number of inputs.
template <class T, int R>
INLINE void add_all(int inputs, int n, const float *x, size_t x_step, const T *w, size_t w_step, float *y,
                    size_t y_step) {
    constexpr int U = R == 1 ? 8 : 4;  // so many factors and weights fit the registers
    int k = 0;
    for (; k + U <= inputs; k += U) add_products<T, R, U>(n, x + k, x_step, w + k * w_step, w_step, y, y_step);
    for (; k < inputs; k++) add_products<T, R, 1>(n, x + k, x_step, w + k * w_step, w_step, y, y_step);
}

struct Product {
    int rows, inputs, outputs;
    const float *x;
    size_t x_step;
    float *y;
    size_t y_step;
};

// Rows in groups, which share what is loaded of a panel of the matrix: outputs n to n + wide of inputs k to k + U.
template <class T, int U>
INLINE void add_panel(const Product &p, const T *w, int groups, int k, int n, int wide) {
    const size_t step = p.outputs;
    for (int g = 0; g < groups; g++)
        add_products<T, kTogether, U>(wide, p.x + g * kTogether * p.x_step + k, p.x_step, w + k * step + n, step,
                                      p.y + g * kTogether * p.y_step + n, p.y_step);
}

// y += x w, a panel at a time: the rows' part of y stays in the nearest cache.
template <class T>
INLINE void multiply(const Product &p, const T *w) {
    constexpr int U = 4, kPanel = 128;
    const int groups = p.rows / kTogether;
    for (int n = 0; groups && n < p.outputs; n += kPanel) {
        const int wide = std::min(kPanel, p.outputs - n);
        int k = 0;
        for (; k + U <= p.inputs; k += U) add_panel<T, U>(p, w, groups, k, n, wide);
        for (; k < p.inputs; k++) add_panel<T, 1>(p, w, groups, k, n, wide);
    }
    for (int row = groups * kTogether; row < p.rows; row++)
        add_all<T, 1>(p.inputs, p.outputs, p.x + row * p.x_step, 0, w, p.outputs, p.y + row * p.y_step, 0);
}

// Where e^x is as good as 0 beside 1. Much smaller numbers would become denormal ones, with which processors are slow.
constexpr float kLimit = 40.0f;

// e^x to about 1e-7 for x within the limit: a polynomial (Cephes' expf) between powers of two. Limits are kept in loops
// of their own: a compiler that meets both in one loop computes every case for every x.
INLINE float fast_exp(float x) {
    const float shifted = x * 1.44269504f + 12582912.0f;  // its last bits are the nearest power
    const float power = shifted - 12582912.0f;
    const float rest = (x - power * 0.693359375f) - power * -2.12194440e-4f;
    float sum = 1.9875691500e-4f;
    sum = sum * rest + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    uint32_t bits, exponent;
    std::memcpy(&bits, &sum, 4);
    std::memcpy(&exponent, &shifted, 4);
    bits += exponent << 23;
    std::memcpy(&sum, &bits, 4);
    return sum;
}

INLINE float within_limit(float x) {
    x = x > -kLimit ? x : -kLimit;
    return x < kLimit ? x : kLimit;
}

INLINE float total(const float *lanes) {
    float sum = 0;
    for (int j = 0; j < kLanes; j++) sum += lanes[j];
    return sum;
}

INLINE float largest(const float *x, int n) {
    float lanes[kLanes], most = x[0];
    for (int j = 0; j < kLanes; j++) lanes[j] = x[0];
    int i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (int j = 0; j < kLanes; j++) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
    for (; i < n; i++) most = x[i] > most ? x[i] : most;
    for (int j = 0; j < kLanes; j++) most = lanes[j] > most ? lanes[j] : most;
    return most;
}

// x -> e^(x - most), where `most` is the largest; their sum is returned. x has room for whole lanes, which get zeros.
INLINE float exp_all(float *x, int n, float &most) {
    most = largest(x, n);
    const int whole = (n + kLanes - 1) / kLanes * kLanes;
    for (int i = 0; i < whole; i++) x[i] = within_limit(x[i] - most);
    for (int i = 0; i < whole; i++) x[i] = fast_exp(x[i]);
    for (int i = n; i < whole; i++) x[i] = 0;
    float lanes[kLanes] = {};
    for (int i = 0; i < whole; i += kLanes)
        for (int j = 0; j < kLanes; j++) lanes[j] += x[i + j];
    return total(lanes);
}

struct Attention {
    int heads, wide, value_wide;  // wide: of a head's keys; value_wide: of its values, whole lanes
    int length;                   // places that the last row sees
    const float *queries;         // [rows][heads][wide]
    size_t query_step;
    const float *keys;    // [blocks of kLanes places][heads][wide][kLanes]
    const float *values;  // [places][heads][value_wide]
    float *scores;        // scrap, [rows][heads][score_step]
    size_t score_step;
    float *mixed;  // [rows][heads][value_wide]
    size_t mixed_step;
};

// R neighbouring rows of one stream, the last of which sees `length` places and each other one less than the next.
template <int R>
INLINE void attend(const Attention &a) {
    const int key_step = a.heads * a.wide, value_step = a.heads * a.value_wide;
    const size_t row_step = a.heads * a.score_step;
    for (int place = 0; place < a.length; place += kLanes)
        for (int head = 0; head < a.heads; head++) {
            float *scores = a.scores + head * a.score_step + place;
            UNROLL for (int r = 0; r < R; r++) for (int j = 0; j < kLanes; j++) scores[r * row_step + j] = 0;
            add_all<float, R>(a.wide, kLanes, a.queries + head * a.wide, a.query_step,
                              a.keys + (static_cast<size_t>(place) * key_step + head * a.wide * kLanes), kLanes, scores,
                              row_step);
        }
    for (int r = 0; r < R; r++) {
        float *mixed = a.mixed + r * a.mixed_step;
        std::memset(mixed, 0, value_step * sizeof(float));
        const int seen = a.length - (R - 1 - r);
        for (int head = 0; head < a.heads; head++) {
            float *scores = a.scores + r * row_step + head * a.score_step;
            float most;
            const float sum = exp_all(scores, seen, most);
            for (int i = seen; i < a.length; i++) scores[i] = 0;
            const float share = 1.0f / sum;
            for (int i = 0; i < seen; i++) scores[i] *= share;
        }
    }
    // Heads inside places: their sums are independent, so that a processor works on several at once.
    constexpr int U = R == 1 ? 8 : 4;
    int place = 0;
    for (; place + U <= a.length; place += U)
        for (int head = 0; head < a.heads; head++)
            add_products<float, R, U>(a.value_wide, a.scores + head * a.score_step + place, row_step,
                                      a.values + static_cast<size_t>(place) * value_step + head * a.value_wide,
                                      value_step, a.mixed + head * a.value_wide, a.mixed_step);
    for (; place < a.length; place++)
        for (int head = 0; head < a.heads; head++)
            add_products<float, R, 1>(a.value_wide, a.scores + head * a.score_step + place, row_step,
                                      a.values + static_cast<size_t>(place) * value_step + head * a.value_wide,
                                      value_step, a.mixed + head * a.value_wide, a.mixed_step);
}

// Layer norm of one row.
INLINE void normalise(int n, const float *x, const float *gain, const float *bias, float epsilon, float *y) {
    float lanes[kLanes] = {}, squares[kLanes] = {};
    int i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (int j = 0; j < kLanes; j++) lanes[j] += x[i + j];
    for (int j = 0; i + j < n; j++) lanes[j] += x[i + j];
    const float mean = total(lanes) / static_cast<float>(n);
    for (i = 0; i + kLanes <= n; i += kLanes)
        for (int j = 0; j < kLanes; j++) squares[j] += (x[i + j] - mean) * (x[i + j] - mean);
    for (int j = 0; i + j < n; j++) squares[j] += (x[i + j] - mean) * (x[i + j] - mean);
    const float share = 1.0f / std::sqrt(total(squares) / static_cast<float>(n) + epsilon);
    for (int k = 0; k < n; k++) y[k] = (x[k] - mean) * share * gain[k] + bias[k];
}

// The tanh approximation of Hendrycks & Gimpel (2016), in the form x * sigmoid(2 u).
INLINE void gelu(int n, float *x) {
    float twice[64];  // -2 u
    for (; n > 0; n -= 64, x += 64) {
        const int here = std::min(n, 64);
        for (int i = 0; i < here; i++)
            twice[i] = within_limit(-1.59576912f * (x[i] + 0.044715f * x[i] * x[i] * x[i]));
        for (int i = 0; i < here; i++) x[i] *= 1.0f / (1.0f + fast_exp(twice[i]));
    }
}

struct Kernels {
    const char *name;
    void (*multiply_float)(const Product &, const float *);
    void (*multiply_half)(const Product &, const Half *);
    void (*multiply_byte)(const Product &, const int8_t *);
    void (*attend_one)(const Attention &);
    void (*attend_some)(const Attention &);
    void (*normalise)(int, const float *, const float *, const float *, float, float *);
    void (*gelu)(int, float *);
    float (*exp_all)(float *, int, float &);
};

#define KERNELS(NAME, TARGET)                                                                                         \
    namespace NAME {                                                                                                  \
    TARGET void multiply_float(const Product &p, const float *w) { multiply(p, w); }                                  \
    TARGET void multiply_half(const Product &p, const Half *w) { multiply(p, w); }                                    \
    TARGET void multiply_byte(const Product &p, const int8_t *w) { multiply(p, w); }                                  \
    TARGET void attend_one(const Attention &a) { attend<1>(a); }                                                      \
    TARGET void attend_some(const Attention &a) { attend<kTogether>(a); }                                             \
    TARGET void norm(int n, const float *x, const float *gain, const float *bias, float epsilon, float *y) {          \
        normalise(n, x, gain, bias, epsilon, y);                                                                      \
    }                                                                                                                 \
    TARGET void gelu_all(int n, float *x) { gelu(n, x); }                                                             \
    TARGET float exp_sum(float *x, int n, float &most) { return exp_all(x, n, most); }                                \
    const Kernels kernels{#NAME,      multiply_float, multiply_half, multiply_byte, attend_one,                       \
                          attend_some, norm,          gelu_all,      exp_sum};                                        \
    }

KERNELS(plain, )
#if defined(__GNUC__) && defined(__x86_64__)
KERNELS(avx2, __attribute__((target("avx2,fma"))))
#if defined(__clang__)
KERNELS(avx512, __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"))))
#else
KERNELS(avx512, __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512"))))
#endif
#endif

// Those that this processor can run, the fastest first.
std::vector<const Kernels *> runnable() {
    std::vector<const Kernels *> found;
#if defined(__GNUC__) && defined(__x86_64__)
    __builtin_cpu_init();
    const bool fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (fused && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        found.push_back(&avx512::kernels);
    if (fused) found.push_back(&avx2::kernels);
#endif
    found.push_back(&plain::kernels);
    return found;
}

// ------------------------------------------------------------------------------------------------ model

using Array = py::array_t<float, py::array::c_style | py::array::forcecast>;

// The bits of a half, if it can tell the number: see Half.
bool to_half(float weight, Half &half) {
    const float small = weight * 0x1p-102f;
    uint32_t bits;
    std::memcpy(&bits, &small, 4);
    half.bits = static_cast<int16_t>((bits >> 13 & 0x7fffu) | (bits >> 16 & 0x8000u));
    return value(half) * 0x1p102f == weight;
}

// y = x w + bias, with w in the smallest form that does it justice; outputs are filled up to whole lanes.
class Linear {
public:
    int inputs = 0, outputs = 0;

    Linear() = default;
    // weights: [inputs][outputs], filled up; bias: [outputs], likewise.
    Linear(int n_inputs, int n_outputs, const std::vector<float> &weights, const std::vector<float> &bias, bool bytes)
        : inputs(n_inputs), outputs(n_outputs), bias_(bias) {
        const size_t size = weights.size();
        if (bytes) {
            quantise(weights);
            return;
        }
        Buffer<Half> halves(size);
        bool exact = true;
        for (size_t i = 0; exact && i < size; i++) exact = to_half(weights[i], *halves.at(i));
        if (exact) {
            halves_ = std::move(halves);
        } else {
            floats_ = Buffer<float>(size);
            std::memcpy(floats_.at(), weights.data(), size * sizeof(float));
        }
    }

    // y = (y if `more` else 0) + x w + bias; `scrap` has room for as many numbers as y.
    void apply(const Kernels &kernels, int rows, const float *x, size_t x_step, float *y, size_t y_step, float *scrap,
               bool more = false) const {
        for (int row = 0; row < rows; row++) {
            float *start = y + row * y_step;
            if (!more) std::memset(start, 0, outputs * sizeof(float));
            for (int n = 0; n < outputs; n++) start[n] += bias_[n];
        }
        if (halves_) return kernels.multiply_half({rows, inputs, outputs, x, x_step, y, y_step}, halves_.at());
        if (floats_) return kernels.multiply_float({rows, inputs, outputs, x, x_step, y, y_step}, floats_.at());
        const size_t step = outputs;
        std::memset(scrap, 0, rows * step * sizeof(float));
        kernels.multiply_byte({rows, inputs, outputs, x, x_step, scrap, step}, bytes_.at());
        for (int row = 0; row < rows; row++)
            for (int n = 0; n < outputs; n++) y[row * y_step + n] += scrap[row * step + n] * scales_[n];
    }

private:
    std::vector<float> bias_, scales_;
    Buffer<float> floats_;
    Buffer<Half> halves_;
    Buffer<int8_t> bytes_;

    // Symmetric, with a scale for each output.
    void quantise(const std::vector<float> &weights) {
        const size_t step = outputs;
        scales_.assign(outputs, 0.0f);
        for (size_t i = 0; i < weights.size(); i++)
            scales_[i % step] = std::max(scales_[i % step], std::fabs(weights[i]) / 127.0f);
        bytes_ = Buffer<int8_t>(weights.size());
        for (size_t i = 0; i < weights.size(); i++) {
            const float scale = scales_[i % step];
            const float steps = scale > 0 ? std::nearbyint(weights[i] / scale) : 0.0f;
            *bytes_.at(i) = static_cast<int8_t>(std::clamp(steps, -127.0f, 127.0f));
        }
    }
};

struct Norm {
    std::vector<float> gain, bias;
};

struct Layer {
    Norm before_attention, before_hidden;
    Linear attention_in, attention_out, hidden_in, hidden_out;
};

// Keys and values of one stream.
struct Memory {
    Buffer<float> keys, values;
    int length = 0;
};

// What is read: a token of a stream at a place; `logits`, where those after it are wanted.
struct Row {
    Memory *memory;
    int token, place;
    float *logits;
};

// Room for one forward pass.
struct Scratch {
    Buffer<float> x, y, parts, hidden, scrap, scores;
};

class Model {
public:
    int layers, heads, width, hidden, context, size;

    Model(const py::dict &sizes, const py::dict &weights, bool bytes, const std::string &instructions)
        : layers(number(sizes, "layers")), heads(number(sizes, "heads")), width(number(sizes, "width")),
          hidden(number(sizes, "hidden")), context(number(sizes, "context")), size(number(sizes, "size")),
          epsilon_(sizes["epsilon"].cast<float>()), relu_(sizes["activation"].cast<std::string>() == "relu") {
        if (width % heads) throw py::value_error("heads do not divide the width");
        wide_ = width / heads;
        value_wide_ = round_up(wide_);
        values_ = heads * value_wide_;
        places_ = round_up(context);
        for (const Kernels *kernels : runnable())
            if (!kernels_ && (instructions.empty() || instructions == kernels->name)) kernels_ = kernels;
        if (!kernels_) throw py::value_error("this processor does not run " + instructions);
        const double floats = 2.0 * layers * places_ * (width + values_);
        if (floats > 1e9) throw py::value_error("keys and values would take more than 4 GB");
        load(weights, bytes);
    }

    const char *instructions() const { return kernels_->name; }

    Memory memory() const {
        const size_t places = static_cast<size_t>(layers) * places_;
        return {Buffer<float>(places * width), Buffer<float>(places * values_), 0};
    }

    Scratch scratch() const {
        const size_t widest = std::max({round_up(size), round_up(hidden), round_up(2 * width + values_), values_});
        return {Buffer<float>(kRows * round_up(width)),
                Buffer<float>(kRows * std::max(round_up(width), values_)),
                Buffer<float>(kRows * parts()),
                Buffer<float>(kRows * round_up(hidden)),
                Buffer<float>(kRows * widest),
                Buffer<float>(static_cast<size_t>(kTogether) * heads * places_)};
    }

    size_t logits_step() const { return round_up(size); }

    void check(int token) const {
        if (token < 0 || token >= size) throw py::index_error("there is no token " + std::to_string(token));
    }

    // One forward pass over at most kRows rows; those of a stream stand one behind the other.
    void read(const Row *rows, int n, const Scratch &s) const {
        const size_t step = round_up(width);
        for (int row = 0; row < n; row++)
            for (int i = 0; i < width; i++)
                s.x.at(row * step)[i] = embedding_.at(static_cast<size_t>(rows[row].token) * width)[i] +
                                        places_embedding_.at(static_cast<size_t>(rows[row].place) * width)[i];
        for (int layer = 0; layer < layers; layer++) {
            const Layer &part = parts_[layer];
            norm(part.before_attention, n, s);
            part.attention_in.apply(*kernels_, n, s.y.at(), y_step(), s.parts.at(), parts(), s.scrap.at());
            remember(rows, n, layer, s);
            attend(rows, n, layer, s);
            part.attention_out.apply(*kernels_, n, s.y.at(), y_step(), s.x.at(), step, s.scrap.at(), true);
            norm(part.before_hidden, n, s);
            part.hidden_in.apply(*kernels_, n, s.y.at(), y_step(), s.hidden.at(), round_up(hidden), s.scrap.at());
            activate(n * round_up(hidden), s.hidden.at());
            part.hidden_out.apply(*kernels_, n, s.hidden.at(), round_up(hidden), s.x.at(), step, s.scrap.at(), true);
        }
        norm(last_, n, s);
        for (int row = 0; row < n;) {  // neighbours in memory share what is loaded of the head
            if (!rows[row].logits) { row++; continue; }
            int end = row + 1;
            while (end < n && rows[end].logits == rows[end - 1].logits + logits_step()) end++;
            head_.apply(*kernels_, end - row, s.y.at(row * y_step()), y_step(), rows[row].logits, logits_step(),
                        s.scrap.at());
            row = end;
        }
    }

    // x -> e^(x - the largest x); log of the sum of e^x is returned. There is room for whole lanes.
    double exp_all(float *x, int n) const {
        float most;
        const double sum = kernels_->exp_all(x, n, most);
        return most + std::log(sum);
    }

private:
    int wide_ = 0, value_wide_ = 0, values_ = 0, places_ = 0;
    float epsilon_;
    bool relu_;
    const Kernels *kernels_ = nullptr;
    Buffer<float> embedding_, places_embedding_;
    std::vector<Layer> parts_;
    Norm last_;
    Linear head_;

    size_t parts() const { return round_up(2 * width + values_); }
    size_t y_step() const { return std::max(round_up(width), values_); }

    static int number(const py::dict &sizes, const char *name) {
        const long found = sizes[name].cast<long>();
        if (found < 1 || found > 4'000'000) throw py::value_error(std::string(name) + " is out of range");
        return static_cast<int>(found);
    }

    void load(const py::dict &weights, bool bytes) {
        const Array tokens = take(weights, "wte.weight", {size, width});
        embedding_ = Buffer<float>(tokens.size());
        std::memcpy(embedding_.at(), tokens.data(), tokens.nbytes());
        const Array places = take(weights, "wpe.weight", {context, width});
        places_embedding_ = Buffer<float>(places.size());
        std::memcpy(places_embedding_.at(), places.data(), places.nbytes());
        for (int layer = 0; layer < layers; layer++) {
            const std::string name = "h." + std::to_string(layer) + ".";
            Layer part;
            part.before_attention = take_norm(weights, name + "ln_1");
            part.before_hidden = take_norm(weights, name + "ln_2");
            part.attention_in = attention_in(weights, name + "attn.c_attn", bytes);
            part.attention_out = attention_out(weights, name + "attn.c_proj", bytes);
            part.hidden_in = linear(weights, name + "mlp.c_fc", width, hidden, bytes);
            part.hidden_out = linear(weights, name + "mlp.c_proj", hidden, width, bytes);
            parts_.push_back(std::move(part));
        }
        last_ = take_norm(weights, "ln_f");
        const Array head = take(weights, "head", {size, width});
        std::vector<float> turned(static_cast<size_t>(width) * logits_step());
        for (int token = 0; token < size; token++)
            for (int i = 0; i < width; i++) turned[i * logits_step() + token] = *head.data(token, i);
        head_ = Linear(width, round_up(size), turned, std::vector<float>(logits_step()), bytes);
    }

    static Array take(const py::dict &weights, const std::string &name, const std::vector<py::ssize_t> &shape) {
        const Array found = weights[name.c_str()].cast<Array>();
        if (std::vector<py::ssize_t>(found.shape(), found.shape() + found.ndim()) != shape)
            throw py::value_error(name + " has another shape than it should");
        return found;
    }

    std::vector<float> vector(const py::dict &weights, const std::string &name, int length) const {
        const Array found = take(weights, name, {length});
        return {found.data(), found.data() + length};
    }

    Norm take_norm(const py::dict &weights, const std::string &name) const {
        return {vector(weights, name + ".weight", width), vector(weights, name + ".bias", width)};
    }

    static std::vector<int> in_order(int n) {
        std::vector<int> places(n);
        for (int i = 0; i < n; i++) places[i] = i;
        return places;
    }

    static Linear linear(const py::dict &weights, const std::string &name, int inputs, int outputs, bool bytes) {
        return arranged(weights, name, in_order(inputs), inputs, in_order(outputs), outputs, bytes);
    }

    // Queries, keys and values; those of a head are filled up to whole lanes.
    Linear attention_in(const py::dict &weights, const std::string &name, bool bytes) const {
        std::vector<int> columns = in_order(3 * width);
        for (int i = 0; i < width; i++) columns[2 * width + i] = 2 * width + value_place(i);
        return arranged(weights, name, in_order(width), width, columns, 2 * width + values_, bytes);
    }

    Linear attention_out(const py::dict &weights, const std::string &name, bool bytes) const {
        std::vector<int> rows(width);
        for (int i = 0; i < width; i++) rows[i] = value_place(i);
        return arranged(weights, name, rows, values_, in_order(width), width, bytes);
    }

    int value_place(int i) const { return i / wide_ * value_wide_ + i % wide_; }

    // A matrix whose rows and columns go to the places that are named; zeros elsewhere.
    static Linear arranged(const py::dict &weights, const std::string &name, const std::vector<int> &rows, int inputs,
                           const std::vector<int> &columns, int outputs, bool bytes) {
        const auto n_rows = static_cast<py::ssize_t>(rows.size()), n_columns = static_cast<py::ssize_t>(columns.size());
        const Array matrix = take(weights, name + ".weight", {n_rows, n_columns});
        const Array bias = take(weights, name + ".bias", {n_columns});
        const size_t step = round_up(outputs);
        std::vector<float> placed(inputs * step), shift(step);
        for (py::ssize_t column = 0; column < n_columns; column++) {
            shift[columns[column]] = *bias.data(column);
            for (py::ssize_t row = 0; row < n_rows; row++)
                placed[rows[row] * step + columns[column]] = *matrix.data(row, column);
        }
        return {inputs, round_up(outputs), placed, shift, bytes};
    }

    void norm(const Norm &norm, int n, const Scratch &s) const {
        for (int row = 0; row < n; row++)
            kernels_->normalise(width, s.x.at(row * round_up(width)), norm.gain.data(), norm.bias.data(), epsilon_,
                                s.y.at(row * y_step()));
    }

    void activate(int n, float *x) const {
        if (!relu_) return kernels_->gelu(n, x);
        for (int i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0;
    }

    float *keys(const Row &row, int layer) const {
        return row.memory->keys.at(static_cast<size_t>(layer) * places_ * width);
    }

    float *values(const Row &row, int layer) const {
        return row.memory->values.at(static_cast<size_t>(layer) * places_ * values_);
    }

    void remember(const Row *rows, int n, int layer, const Scratch &s) const {
        const float scale = 1.0f / std::sqrt(static_cast<float>(wide_));
        for (int i = 0; i < n; i++) {
            float *query = s.parts.at(i * parts());
            const int place = rows[i].place;
            float *block = keys(rows[i], layer) + static_cast<size_t>(place / kLanes) * width * kLanes;
            for (int k = 0; k < width; k++) {
                query[k] *= scale;
                block[k * kLanes + place % kLanes] = query[width + k];
            }
            std::memcpy(values(rows[i], layer) + static_cast<size_t>(place) * values_, query + 2 * width,
                        values_ * sizeof(float));
        }
    }

    void attend(const Row *rows, int n, int layer, const Scratch &s) const {
        for (int row = 0; row < n;) {
            const bool some = row + kTogether <= n && rows[row + kTogether - 1].memory == rows[row].memory;
            const int last = row + (some ? kTogether : 1) - 1;
            const Attention attention{
                heads, wide_, value_wide_, rows[last].place + 1,
                s.parts.at(row * parts()), parts(), keys(rows[row], layer), values(rows[row], layer),
                s.scores.at(), static_cast<size_t>(places_), s.y.at(row * y_step()), y_step()};
            some ? kernels_->attend_some(attention) : kernels_->attend_one(attention);
            row = last + 1;
        }
    }
};

// ------------------------------------------------------------------------------------------------ choosing

struct Sampling {
    double temperature, top_p, min_p;
    int64_t top_k;

    bool sound() const { return temperature >= 0 && top_p > 0 && top_p <= 1 && min_p >= 0 && top_k >= 0; }
};

struct Candidate {
    double score;
    int token;
    bool operator<(const Candidate &other) const {  // of equal ones the first token is the likelier
        return score < other.score || (score == other.score && token > other.token);
    }
};

// As sampling.pick, but sorted only as far as it is needed: the heap gives up the likeliest first.
class Picker {
public:
    explicit Picker(const Model &model) : model_(model), chances_(model.logits_step()) {}

    // `tokens`: the legal ones; at least one has a score.
    int pick(const std::vector<double> &scores, const std::vector<int> &tokens, const Sampling &sampling,
             double chance) {
        tokens_.clear();
        Candidate best{kNever, -1};
        for (int token : tokens) {
            if (!(scores[token] > kNever)) continue;
            if (scores[token] > best.score) best = {scores[token], token};
            tokens_.push_back(token);
        }
        if (!std::isfinite(best.score)) refuse("the model's scores are no finite numbers: its weights are of no use");
        if (sampling.temperature == 0) return best.token;
        const double all = fill_heap(scores, best.score, sampling);
        const auto n = static_cast<int64_t>(heap_.size());
        const int64_t most = sampling.top_k ? std::min(sampling.top_k, n) : n;
        double reach = sampling.top_p * all;
        if (sampling.top_k) reach = sampling.top_p * sum(most - 1);
        else if (sampling.top_p >= 1 && sampling.min_p <= 0) return draw(most, chance * all);
        int64_t kept = 0;
        do kept++;
        while (kept < most && sum(kept - 1) < reach && next(kept) >= sampling.min_p);
        return draw(kept, chance * sum(kept - 1));
    }

private:
    const Model &model_;
    std::vector<float> chances_;
    std::vector<int> tokens_;       // those that are not forbidden
    std::vector<Candidate> heap_;   // what is not sorted yet
    std::vector<Candidate> order_;  // the likeliest, sorted
    std::vector<double> sums_;

    // Chances beside that of the best; their sum is returned.
    double fill_heap(const std::vector<double> &scores, double best, const Sampling &sampling) {
        for (size_t i = 0; i < tokens_.size(); i++)
            chances_[i] = static_cast<float>(std::max((scores[tokens_[i]] - best) / sampling.temperature, -1e30));
        model_.exp_all(chances_.data(), static_cast<int>(tokens_.size()));
        double all = 0;
        for (size_t i = 0; i < tokens_.size(); i++) all += chances_[i];
        // Together, what is less likely than this is not enough to be needed for top_p. The best has chance 1.
        const double mean = std::min(all / static_cast<double>(tokens_.size()), 1.0);
        const double least = sampling.top_k ? 0 : (1 - sampling.top_p) * mean;
        heap_.clear();
        for (size_t i = 0; i < tokens_.size(); i++)
            if (chances_[i] >= least) heap_.push_back({chances_[i], tokens_[i]});
        std::make_heap(heap_.begin(), heap_.end());
        order_.clear();
        sums_.clear();
        return all;
    }

    int64_t size() const { return static_cast<int64_t>(order_.size()); }

    void take() {
        std::pop_heap(heap_.begin(), heap_.end());
        sums_.push_back((sums_.empty() ? 0 : sums_.back()) + heap_.back().score);
        order_.push_back(heap_.back());
        heap_.pop_back();
    }

    double sum(int64_t place) {
        while (place >= size()) take();
        return sums_[place];
    }

    double next(int64_t place) const { return place < size() ? order_[place].score : heap_.front().score; }

    // The first of `kept` tokens whose sum is above `reached`, or the last.
    int draw(int64_t kept, double reached) {
        int64_t place = 0;
        while (place < kept - 1 && !(sum(place) > reached)) place++;
        sum(place);
        return order_[place].token;
    }
};

struct MatchSettings {
    double decay;
    std::vector<double> weights;  // by class
    std::vector<int> lengths;     // where the classes begin
};

// As match_cache.MatchCache; in time linear in what was read.
class MatchCache {
public:
    MatchCache(MatchSettings settings, int size) : settings_(std::move(settings)), chances_(size) {}

    void read(int token) {
        ids_.push_back(token);
        lengths_.push_back(0);
        for (size_t place = ids_.size() - 1; place > 0; place--)
            lengths_[place] = ids_[place - 1] == token ? lengths_[place - 1] + 1 : 0;
    }

    // Log-probabilities of the model become those of the mixture.
    void mix(std::vector<double> &log_p) {
        const int longest = lengths_.empty() ? 0 : *std::max_element(lengths_.begin(), lengths_.end());
        if (longest == 0) return;
        while (powers_.size() <= static_cast<size_t>(longest))
            powers_.push_back(std::exp(-settings_.decay * static_cast<double>(powers_.size())));
        double sum = 0;
        for (size_t place = 0; place < ids_.size(); place++) {
            if (lengths_[place] == 0) continue;
            if (chances_[ids_[place]] == 0) found_.push_back(ids_[place]);
            chances_[ids_[place]] += powers_[longest - lengths_[place]];
            sum += powers_[longest - lengths_[place]];
        }
        const auto &starts = settings_.lengths;
        const double weight =
            settings_.weights[std::upper_bound(starts.begin(), starts.end(), longest) - starts.begin() - 1];
        const double rest = std::log1p(-weight);
        for (double &number : log_p) number += rest;
        for (int token : found_) {
            log_p[token] = std::log(std::exp(log_p[token]) + weight * chances_[token] / sum);
            chances_[token] = 0;
        }
        found_.clear();
    }

private:
    MatchSettings settings_;
    std::vector<int> ids_, lengths_;  // lengths_: m(j) by place j
    std::vector<double> powers_, chances_;
    std::vector<int> found_;
};

// ------------------------------------------------------------------------------------------------ writing

// What is kept of a GrammarTable: shapes by token, rows by state.
class Table {
public:
    int bar_id, end_id;  // -1: there is none

    Table(const py::object &table, int size)
        : bar_id(id(table, "bar_id")), end_id(id(table, "end_id")),
          shapes_(table.attr("shapes").cast<std::vector<int>>()) {
        if (size < 1 || shapes_.size() != static_cast<size_t>(size))
            throw py::value_error("the grammar is of another vocabulary");
        if (*std::min_element(shapes_.begin(), shapes_.end()) < 0) throw py::value_error("a shape is below 0");
        n_shapes_ = static_cast<size_t>(*std::max_element(shapes_.begin(), shapes_.end())) + 1;
    }

    // The state behind a token by its shape, asked for once.
    const std::vector<int> &row(const py::object &table, int state) {
        const auto known = rows_.find(state);
        if (known != rows_.end()) return known->second;
        auto found = table.attr("row")(state).cast<std::vector<int>>();
        if (found.size() < n_shapes_) throw py::value_error("a row of the grammar is too short");
        return rows_.emplace(state, std::move(found)).first->second;
    }

    void find_legal(const std::vector<int> &row, std::vector<int> &legal) const {
        legal.resize(shapes_.size());
        size_t n = 0;
        for (size_t token = 0; token < shapes_.size(); token++) {
            legal[n] = static_cast<int>(token);
            n += row[shapes_[token]] >= 0;
        }
        legal.resize(n);
    }

    int shape(int token) const { return shapes_[token]; }

    int size() const { return static_cast<int>(shapes_.size()); }

private:
    std::vector<int> shapes_;
    size_t n_shapes_ = 0;
    std::unordered_map<int, std::vector<int>> rows_;

    static int id(const py::object &table, const char *name) {
        const py::object found = table.attr(name);
        return found.is_none() ? -1 : found.cast<int>();
    }
};

struct Segment {
    int state;
    std::optional<int64_t> bars, systems;
    bool open_end;
    std::vector<int> then;

    explicit Segment(const py::handle &segment)
        : state(segment.attr("state").cast<int>()), bars(segment.attr("bars").cast<std::optional<int64_t>>()),
          systems(segment.attr("systems").cast<std::optional<int64_t>>()),
          open_end(segment.attr("open_end").cast<bool>()), then(segment.attr("then").cast<std::vector<int>>()) {}
};

// As loop.first_kept.
size_t first_kept(const std::vector<int> &ids, size_t context, int end_id) {
    if (ids.size() <= context) return 0;
    const size_t latest = ids.size() - context / 2;
    for (size_t place = ids.size() - context - 1; place < latest; place++)
        if (ids[place] == end_id) return place + 1;
    return latest;
}

// One plan in the making: loop._Loop and loop._Reader, turned inside out so that many go on side by side.
class Stream {
public:
    Memory memory;
    std::vector<int> pending;   // what the model has not read yet
    std::vector<float> logits;  // behind what it read

    Stream(const Model &model, Memory room, const py::handle &plan, Table &table, const std::vector<int> &lengths)
        : memory(std::move(room)), model_(model), table_(table), python_table_(plan.attr("table")),
          ids_(tokens(plan.attr("ids"))), system_start_(tokens(plan.attr("system_start"))),
          chances_(plan.attr("chances").cast<std::vector<double>>()), bias_(plan.attr("bias")),
          listener_(plan.attr("listener")) {
        for (const py::handle start : plan.attr("bar_starts"))
            bar_starts_.push_back(tokens(py::reinterpret_borrow<py::object>(start)));
        for (const py::handle segment : plan.attr("segments")) {
            segments_.emplace_back(segment);
            for (int token : segments_.back().then) model.check(token);
        }
        const py::object sampling = plan.attr("sampling"), first = plan.attr("first"), cache = plan.attr("cache"),
                         mixer = plan.attr("mixer");
        sampling_ = {sampling.attr("temperature").cast<double>(), sampling.attr("top_p").cast<double>(),
                     sampling.attr("min_p").cast<double>(), sampling.attr("top_k").cast<int64_t>()};
        if (!sampling_.sound()) throw py::value_error("a number of the sampling is out of range");
        if (!first.is_none()) {
            first_ = first.cast<std::vector<bool>>();
            if (first_->size() != static_cast<size_t>(model.size)) throw py::value_error("`first` has another size");
        }
        if (!mixer.is_none()) {
            const auto &found = mixer.attr("native").cast<const mixture::PyMixer &>();
            mixture_.emplace(found.mixer(), nullptr, 0.0);
            for (int token : tokens(plan.attr("heard"))) mixture_->read(token);
        } else if (!cache.is_none()) {
            const auto weights = cache.attr("weights").cast<std::vector<double>>();
            MatchSettings settings{cache.attr("decay").cast<double>(), weights, lengths};
            if (settings.weights.size() != lengths.size()) throw py::value_error("a weight for each class is expected");
            cache_.emplace(std::move(settings), model.size);
            for (int token : tokens(plan.attr("heard"))) cache_->read(token);
        }
        restart();
        if (!segments_.empty()) state_ = segments_[0].state;
    }

    // Goes on to where a token is to be drawn; false where nothing is left to write.
    bool wants_token() {
        while (segment_ < segments_.size()) {
            const Segment &segment = segments_[segment_];
            if (bars_ != segment.bars && systems_ != segment.systems && !stays_open(segment)) return true;
            read(segment.then);
            if (++segment_ < segments_.size()) state_ = segments_[segment_].state;
            bars_ = systems_ = 0;
        }
        return false;
    }

    // Draws a token from `logits`; `scrap` has room for a row of them.
    void write_token(Picker &picker, float *scrap) {
        const std::vector<int> &row = table_.row(python_table_, state_);
        const int token = draw(row, picker, scrap);
        state_ = row[table_.shape(token)];
        bars_ += token == table_.bar_id;
        systems_ += token == table_.end_id;
        std::vector<int> ids{token};
        const Segment &segment = segments_[segment_];
        if (bars_ != segment.bars && systems_ != segment.systems) {  // as Plan.behind
            const bool ends = token == table_.end_id;
            if (ends) ids.insert(ids.end(), system_start_.begin(), system_start_.end());
            if (!bar_starts_.empty() && (ends || token == table_.bar_id)) {
                const std::vector<int> &start = bar_starts_[bars_ % bar_starts_.size()];
                ids.insert(ids.end(), start.begin(), start.end());
            }
        }
        read(ids);
    }

    py::tuple result() const { return py::make_tuple(written_, nats_, drawn_); }

private:
    const Model &model_;
    Table &table_;
    py::object python_table_;
    std::vector<int> ids_;  // what the model reads, or has read, since it began anew
    std::vector<int> system_start_;
    std::vector<std::vector<int>> bar_starts_;
    std::vector<double> chances_;
    py::object bias_, listener_;
    std::vector<Segment> segments_;
    Sampling sampling_{};
    std::optional<std::vector<bool>> first_;
    std::optional<MatchCache> cache_;
    std::optional<mixture::Mixture> mixture_;  // takes the place of the cache

    size_t segment_ = 0;
    int state_ = 0;
    int64_t bars_ = 0, systems_ = 0;
    std::vector<int> written_;
    size_t told_ = 0, drawn_ = 0;
    double nats_ = 0;
    std::vector<int> legal_;
    std::vector<double> log_p_, scores_;

    std::vector<int> tokens(const py::object &found) const {
        auto ids = found.cast<std::vector<int>>();
        for (int token : ids) model_.check(token);
        return ids;
    }

    bool stays_open(const Segment &segment) {
        if (!segment.open_end || bars_ + 1 != segment.bars) return false;
        table_.find_legal(table_.row(python_table_, state_), legal_);
        return legal_.size() == 1 && legal_[0] == table_.bar_id;
    }

    void restart() {
        ids_.erase(ids_.begin(), ids_.begin() + first_kept(ids_, model_.context, table_.end_id));
        if (ids_.empty()) throw py::value_error("there is nothing to read");
        pending = ids_;
        memory.length = 0;
    }

    void read(const std::vector<int> &ids) {
        written_.insert(written_.end(), ids.begin(), ids.end());
        if (!listener_.is_none())
            for (int token : ids) listener_(token);
        ids_.insert(ids_.end(), ids.begin(), ids.end());
        pending.insert(pending.end(), ids.begin(), ids.end());
        if (cache_)
            for (int token : ids) cache_->read(token);
        if (mixture_)
            for (int token : ids) mixture_->read(token);
        if (ids_.size() > static_cast<size_t>(model_.context)) restart();
    }

    int draw(const std::vector<int> &row, Picker &picker, float *scrap) {
        std::copy(logits.begin(), logits.end(), scrap);
        const double sum = model_.exp_all(scrap, model_.size);
        log_p_.resize(model_.size);
        for (int token = 0; token < model_.size; token++) log_p_[token] = logits[token] - sum;
        if (cache_) cache_->mix(log_p_);
        if (mixture_) mixture_->mix(log_p_);
        table_.find_legal(row, legal_);
        if (first_) {
            legal_.erase(std::remove_if(legal_.begin(), legal_.end(), [&](int token) { return !(*first_)[token]; }),
                         legal_.end());
            first_.reset();
        }
        const std::vector<double> &scores = biased();
        if (legal_.empty()) throw py::value_error("no token is legal");
        if (drawn_ == chances_.size()) throw py::index_error("the plan has too few chances");
        const int token = picker.pick(scores, legal_, sampling_, chances_[drawn_]);
        nats_ -= log_p_[token];
        drawn_++;
        return token;
    }

    // What controls say is taken, unless it forbids all that is legal.
    const std::vector<double> &biased() {
        if (bias_.is_none()) return log_p_;
        const py::object said = bias_(std::vector<int>(written_.begin() + told_, written_.end()));
        told_ = written_.size();
        if (said.is_none()) return log_p_;
        const auto bias = said.cast<Array>();
        if (bias.ndim() != 1 || bias.shape(0) != model_.size) throw py::value_error("a bias has another size");
        const float *numbers = bias.data();
        if (std::none_of(legal_.begin(), legal_.end(), [&](int token) { return numbers[token] > kNever; }))
            return log_p_;
        scores_.resize(log_p_.size());
        for (size_t token = 0; token < log_p_.size(); token++) scores_[token] = log_p_[token] + numbers[token];
        return scores_;
    }
};

// The model as Python sees it: one stream that is led from outside, and plans written to their end.
class Decoder {
public:
    Decoder(const py::dict &sizes, const py::dict &weights, bool bytes, const std::string &instructions)
        : model_(sizes, weights, bytes, instructions), memory_(model_.memory()), scratch_(model_.scratch()) {}

    const char *instructions() const { return model_.instructions(); }

    // Logits after `ids`, which stand at `place`; 0 forgets what was read before.
    py::array_t<float> read(const std::vector<int> &ids, int place) {
        if (ids.empty()) throw py::value_error("there is nothing to read");
        if (place && place != memory_.length) throw py::value_error("tokens are read one behind the other");
        if (ids.size() > static_cast<size_t>(model_.context - place)) throw py::value_error("the context is full");
        for (int token : ids) model_.check(token);
        std::vector<float> logits(model_.logits_step());
        std::vector<Row> rows;
        memory_.length = place;
        add_rows(rows, memory_, ids, logits.data());
        for (size_t start = 0; start < rows.size(); start += kRows)
            model_.read(&rows[start], static_cast<int>(std::min<size_t>(kRows, rows.size() - start)), scratch_);
        return py::array_t<float>(model_.size, logits.data());
    }

    // (ids, nats, drawn) of each plan; `tables` are those of the plans, `lengths` the classes of the match cache.
    py::list write(const py::sequence &plans, const std::vector<Table *> &tables, const std::vector<int> &lengths) {
        if (tables.size() != plans.size()) throw py::value_error("a table for each plan is expected");
        if (lengths.empty() || lengths[0] != 1) throw py::value_error("classes of matches begin at 1");
        const Scratch scratch = model_.scratch();
        Picker picker(model_);
        std::vector<py::object> results(plans.size());
        std::vector<std::pair<size_t, std::unique_ptr<Stream>>> active;
        size_t next = 0;
        while (next < plans.size() || !active.empty()) {
            while (next < plans.size() && active.size() < kStreams) {
                if (!tables[next] || tables[next]->size() != model_.size)
                    throw py::value_error("a table is of another vocabulary");
                active.emplace_back(
                    next, std::make_unique<Stream>(model_, take_memory(), plans[next], *tables[next], lengths));
                next++;
            }
            for (auto &[place, stream] : active)
                if (!stream->wants_token()) {
                    results[place] = stream->result();
                    spare_.push_back(std::move(stream->memory));
                    stream.reset();
                }
            active.erase(std::remove_if(active.begin(), active.end(), [](const auto &one) { return !one.second; }),
                         active.end());
            read_pending(active, scratch);
            for (auto &[place, stream] : active) stream->write_token(picker, scratch.scrap.at());
        }
        py::list found;
        for (const py::object &result : results) found.append(result);
        return found;
    }

private:
    Model model_;
    Memory memory_;
    Scratch scratch_;
    std::vector<Memory> spare_;  // of streams that came to their end: fresh memory costs a page fault every few tokens

    Memory take_memory() {
        if (spare_.empty()) return model_.memory();
        Memory memory = std::move(spare_.back());
        spare_.pop_back();
        return memory;
    }

    static void add_rows(std::vector<Row> &rows, Memory &memory, const std::vector<int> &ids, float *logits) {
        for (int token : ids) rows.push_back({&memory, token, memory.length++, nullptr});
        rows.back().logits = logits;
    }

    template <class Active>
    void read_pending(Active &active, const Scratch &scratch) const {
        const Buffer<float> logits(model_.logits_step() * active.size());
        std::vector<Row> rows;
        size_t place = 0;
        for (auto &[_, stream] : active) {
            add_rows(rows, stream->memory, stream->pending, logits.at(model_.logits_step() * place++));
            stream->pending.clear();
        }
        for (size_t start = 0; start < rows.size(); start += kRows) {
            {
                py::gil_scoped_release others;
                model_.read(&rows[start], static_cast<int>(std::min<size_t>(kRows, rows.size() - start)), scratch);
            }
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        }
        place = 0;
        for (auto &[_, stream] : active) {
            const float *found = logits.at(model_.logits_step() * place++);
            stream->logits.assign(found, found + model_.size);
        }
    }
};

}  // namespace

PYBIND11_MODULE(_decoder, m) {
    m.doc() = "A GPT-2 that writes tabs by itself; see cpp_engine.py.";
    mixture::bind(m);
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const Kernels *kernels : runnable()) names.emplace_back(kernels->name);
        return names;
    });
    py::class_<Table>(m, "Table").def(py::init<const py::object &, int>());
    py::class_<Decoder>(m, "Decoder")
        .def(py::init<const py::dict &, const py::dict &, bool, const std::string &>(), py::arg("sizes"),
             py::arg("weights"), py::arg("int8"), py::arg("instructions"))
        .def_property_readonly("instructions", &Decoder::instructions)
        .def("read", &Decoder::read)
        .def("write", &Decoder::write);
}

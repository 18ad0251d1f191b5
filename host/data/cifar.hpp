#pragma once
#include <filesystem>

#include "stoic/host/data/dataset.hpp"

namespace stoic {

/// The half of CIFAR-10 in its binary version: records of a label and three planes of 32 x 32 bytes, which
/// become pixels of three channels. Training data is as many of data_batch_1.bin ... data_batch_5.bin as
/// there are, test data test_batch.bin or test_batch_first1000.bin, each plain or with ".gz", in `data_dir`
/// or in cifar10/, cifar-10/ or cifar-10-batches-bin/ there. Throws Error for missing and malformed files.
Dataset read_cifar(Split split, const std::filesystem::path& data_dir);

}  // namespace stoic

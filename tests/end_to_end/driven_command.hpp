#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {

/// Commands about time series, in a folder of their own.
class DrivenCommands : public testing::Test {
 protected:
  std::string path(const std::string& name) { return (folder_.path() / name).string(); }
  static nlohmann::json result_of(const std::vector<std::string>& arguments) {
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return nlohmann::json::parse(finished.out, nullptr, false);
  }
  TemporaryFolder folder_;
};

}  // namespace stoic

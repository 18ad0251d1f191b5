// How a command line is read, and what the command says of itself.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "end_to_end/process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace command_line_test {

using testing::HasSubstr;
using testing::Not;

/// This exit code, and one line on standard error that says `what`.
void expect_refusal(const std::vector<std::string>& arguments, int code, const std::string& what) {
  const auto finished = run_stoic(arguments);
  SCOPED_TRACE(fmt::format("{}", fmt::join(arguments, " ")));
  EXPECT_EQ(finished.exit_code, code);
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1);
  EXPECT_THAT(finished.err, HasSubstr(what));
}

void expect_wrong_usage(const std::vector<std::string>& arguments, const std::string& what) {
  expect_refusal(arguments, 2, what);
}
void expect_bad_option(const std::vector<std::string>& arguments, const std::string& what) {
  expect_refusal(arguments, 3, what);
}

TEST(CommandLine, SubcommandsAndOptionsThatAreNearlyRightGetASuggestion) {
  expect_wrong_usage({"trian", "letters-ffesn"}, "did you mean train?");
  expect_wrong_usage({"xyzzy"}, "see stoic --help");
  expect_wrong_usage({"train", "letters-ffesn", "--epoch", "3", "-o", "x.npz"}, "did you mean --epochs?");
  expect_wrong_usage({"train", "letters-ffesn", "--ouput=x.npz"}, "did you mean --output?");
  expect_wrong_usage({"eval", "x.npz", "y.npz"}, "\"y.npz\" is one argument too many");
  expect_wrong_usage({"train", "letters-ffesn"}, "--output is required");
}

TEST(CommandLine, AnAnalysisHasANameAndTheMessageSaysSo) {
  expect_wrong_usage({"analyze", "m.npz"}, "write stoic analyze NAME m.npz, such as stoic analyze ftmle");
  expect_wrong_usage({"analyze", "m.npz", "--samples", "5"}, "write stoic analyze NAME m.npz");
  expect_wrong_usage({"analyze", "attractor", "m.npz"}, "did you mean attractors?");
  expect_wrong_usage({"analyze", "attractors", "m.npz", "--horizn", "5"}, "did you mean --horizon?");
  expect_wrong_usage({"analyze", "attractors"}, "see stoic analyze attractors --help");
  expect_wrong_usage({"analyze"}, "see stoic analyze --help");
  const auto help = run_stoic({"analyze", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("stoic analyze attractors letters.npz"));
}

TEST(CommandLine, AnEmptyTextAndAnOptionAreNoValues) {
  expect_bad_option({"train", "letters-ffesn", "-o", ""}, "--output: is given an empty text");
  expect_bad_option({"train", "letters-ffesn", "-o", "--json"}, "\"--json\" is an option");
  expect_bad_option({"eval", "m.npz", "--hw", ""}, "--hw: is given an empty text");
  expect_bad_option({"eval", "m.npz", "--data-dir", " "}, "--data-dir: is given an empty text");
  expect_bad_option({"eval", ""}, "is given an empty text");
  expect_bad_option({"cosim", "m.img", "--backend", "rtl", "--trace", ""}, "--trace: is given an empty text");
  expect_wrong_usage({"eval", "m.npz", "--seed-of-nothing"}, "there is no option --seed-of-nothing");
}

TEST(CommandLine, NumbersAreDecimalAndRefusedOtherwise) {
  for (const char* number : {"10k", "ten", "nan", "inf", "1e", "0x10"})
    expect_bad_option({"eval", "m.npz", "--limit", number}, "is no number");
  expect_bad_option({"eval", "m.npz", "--limit", "-1"}, "--limit");
  expect_bad_option({"eval", "m.npz", "--limit", "1.5"}, "--limit");
  for (const char* number : {"1e4", "+7", "010", "20."})  // read; the model is what is missing
    EXPECT_EQ(run_stoic({"eval", "none.npz", "--limit", number}).exit_code, 3) << number;
}

TEST(CommandLine, InfoKnowsWhatIsBuiltInByName) {
  const auto kind = [](const std::string& name) {
    const auto finished = run_stoic({"info", name, "--json"});
    EXPECT_EQ(finished.exit_code, 0) << name << finished.err;
    return nlohmann::json::parse(finished.out).at("kind").get<std::string>();
  };
  EXPECT_EQ(kind("letters-ffesn"), "recipe");
  EXPECT_EQ(kind("tiny"), "hardware configuration");
  EXPECT_EQ(kind("mnist-ffesn-reduced"), "sweep");
  EXPECT_EQ(kind("mnist"), "table of results");
  EXPECT_THAT(run_stoic({"info", "letters-fesn"}).err, HasSubstr("did you mean letters-ffesn?"));
  const auto list = nlohmann::json::parse(run_stoic({"info", "--json"}).out).at("built_in");
  EXPECT_GT(list.size(), 30);
}

std::string printed_by(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

TEST(CommandLine, NumbersThatNothingHoldsAreRefusedInsteadOfCut) {
  for (const char* number : {"9223372036854775808", "18446744073709551616", "1e30"}) {
    const auto refused = run_stoic({"train", "letters-linear", "--seed", number, "-o", "/dev/null"});
    EXPECT_EQ(refused.exit_code, 3) << number;
    EXPECT_THAT(refused.err, HasSubstr("is too large; give 9223372036854775807 at most")) << number;
  }
}

TEST(CommandLine, CompletionsAndManPageNameEverySubcommandAndOption) {
  const TemporaryFolder folder;
  const auto script = (folder / "stoic.bash").string();
  write_bytes(script, run_stoic({"completion", "bash"}).out);
  const auto complete = [&](const std::string& words, int at) {
    return printed_by(
        fmt::format("cd '{}' && bash -c '. ./stoic.bash; COMP_WORDS=({}); COMP_CWORD={}; _stoic; "
                    "echo \"${{COMPREPLY[@]}}\"'",
                    folder.path().string(), words, at));
  };
  EXPECT_EQ(complete("stoic tr", 1), "train\n");
  EXPECT_EQ(complete("stoic train --epo", 2), "--epochs\n");
  EXPECT_EQ(complete("stoic train letters-l", 2), "letters-linear letters-lorenz96\n");
  EXPECT_EQ(complete("stoic eval m.npz --hw ti", 4), "tiny\n");
  EXPECT_EQ(complete("stoic eval m.npz --backend go", 4), "golden\n");
  EXPECT_EQ(complete("stoic eval stoic.b", 2), "stoic.bash\n");
  EXPECT_EQ(complete("stoic eval m.npz --backend = go", 5), "golden\n");
  EXPECT_EQ(complete("stoic eval m.npz --hw = ti", 5), "tiny\n");
  EXPECT_EQ(complete("stoic analyze attr", 2), "attractors\n");
  EXPECT_EQ(complete("stoic analyze attractors m.npz --hor", 4), "--horizon\n");
  EXPECT_EQ(complete("stoic completion \"\"", 2), "bash zsh fish\n") << "no file is one";

  const auto man = run_stoic({"man"}).out, zsh = run_stoic({"completion", "zsh"}).out,
             fish = run_stoic({"completion", "fish"}).out;
  EXPECT_TRUE(man.starts_with(".TH STOIC 1"));
  for (const char* option :
       {"error\\-budget", "checkpoint", "instruction\\-trace", "stoic analyze attractors"})
    EXPECT_THAT(man, HasSubstr(option));
  for (const char* option : {"--error-budget", "--checkpoint", "--instruction-trace"})
    EXPECT_THAT(zsh, HasSubstr(option));
  for (const char* option : {"-l error-budget", "-l checkpoint"}) EXPECT_THAT(fish, HasSubstr(option));
  // Of the command itself; values that follow a "="; values that are no file.
  for (const char* part : {"'--version[", "'*--backend=[", ":value:(float golden systemc rtl)'"})
    EXPECT_THAT(zsh, HasSubstr(part));
  for (const char* part :
       {"-n __fish_use_subcommand -l version", "-l backend -f -r -a 'float golden systemc rtl'"})
    EXPECT_THAT(fish, HasSubstr(part));
}

}  // namespace command_line_test
}  // namespace stoic

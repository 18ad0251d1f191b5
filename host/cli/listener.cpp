#include "listener.hpp"

namespace stoic::cli {

WorkListener ConsoleListener::listener() {
  return {.progress = [this](const WorkProgress& progress) { show(progress); },
          .warn = [this](const std::string& text) { console_.warn(text); }};
}

void ConsoleListener::show(const WorkProgress& progress) {
  if (progress.over) {
    bar_.reset();
    return;
  }
  if (!bar_ || shown_ != progress.name) {
    bar_.emplace(progress.name, progress.all);
    shown_ = progress.name;
  }
  bar_->show(progress.done, progress.note);
}

}  // namespace stoic::cli

//! Threads that work beside the window and let it go first.

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// On Linux a nice value of 9, on Windows the priority below the normal one.
const BELOW_NORMAL: u8 = 25;

/// Lowers the priority of the thread that calls: where processors are scarce, frames of the window come first. A system
/// that refuses leaves everything as it is.
pub fn lower_priority() {
    if let Ok(priority) = ThreadPriorityValue::try_from(BELOW_NORMAL) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
}

/// Has the threads that share work do the same, if none was started so far: once, before a window opens.
pub fn lower_shared_priority() {
    let _ = rayon::ThreadPoolBuilder::new().start_handler(|_| lower_priority()).build_global();
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn only_the_thread_that_calls_goes_later() {
        // The nineteenth field behind the name in brackets, see proc_pid_stat(5).
        let nice = || -> i32 {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            stat.rsplit_once(')').unwrap().1.split_whitespace().nth(16).unwrap().parse().unwrap()
        };
        let before = nice();
        let lowered = std::thread::spawn(move || {
            super::lower_priority();
            nice()
        });
        assert!(lowered.join().unwrap() >= 9);
        assert_eq!(nice(), before);
    }
}

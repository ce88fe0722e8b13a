//! Work that takes longer than a frame: done on a thread of its own, watched and stopped from the window.

use crate::session::lower_priority;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

/// How far the work is, seen from both sides.
#[derive(Debug, Default)]
pub struct Control {
    pub cancel: AtomicBool,
    pub done: AtomicUsize,
    pub total: AtomicUsize,
}

impl Control {
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Says how much there is to do.
    pub fn set_total(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// One more is done.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Hands over results while the work goes on.
pub struct Results<T> {
    sender: Sender<T>,
    context: egui::Context,
}

enum Sender<T> {
    Free(mpsc::Sender<T>),
    /// Waits while too many results were not taken.
    Bounded(mpsc::SyncSender<T>),
}

impl<T> Results<T> {
    /// Hands over a result; the window draws a frame. What nobody waits for any more is dropped.
    pub fn send(&self, result: T) {
        let is_sent = match &self.sender {
            Sender::Free(sender) => sender.send(result).is_ok(),
            Sender::Bounded(sender) => sender.send(result).is_ok(),
        };
        if is_sent {
            self.context.request_repaint();
        }
    }
}

/// A thread at work. Dropping it stops the work at the next opportunity.
pub struct Task<T> {
    receiver: mpsc::Receiver<T>,
    control: Arc<Control>,
    over: bool,
}

impl<T: Send + 'static> Task<T> {
    /// Starts `work`, which looks at its control now and then to see whether it is still wanted.
    pub fn start(context: &egui::Context, work: impl FnOnce(&Control, &Results<T>) + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self::start_with(context, Sender::Free(sender), receiver, work)
    }

    /// As [`Task::start`]; the thread waits when so many results were not taken, so that they do not pile up in memory.
    pub fn start_ahead(
        context: &egui::Context,
        ahead: usize,
        work: impl FnOnce(&Control, &Results<T>) + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::sync_channel(ahead);
        Self::start_with(context, Sender::Bounded(sender), receiver, work)
    }

    fn start_with(
        context: &egui::Context,
        sender: Sender<T>,
        receiver: mpsc::Receiver<T>,
        work: impl FnOnce(&Control, &Results<T>) + Send + 'static,
    ) -> Self {
        let control = Arc::new(Control::default());
        let (shared, context) = (control.clone(), context.clone());
        std::thread::spawn(move || {
            lower_priority();
            let results = Results { sender, context };
            work(&shared, &results);
            let Results { sender, context } = results;
            drop(sender);
            context.request_repaint();
        });
        Self { receiver, control, over: false }
    }

    /// The next result, if there is one by now.
    pub fn poll(&mut self) -> Option<T> {
        match self.receiver.try_recv() {
            Ok(result) => Some(result),
            Err(mpsc::TryRecvError::Empty) => None,
            Err(mpsc::TryRecvError::Disconnected) => {
                self.over = true;
                None
            }
        }
    }

    /// True once all results were handed over.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// How many are done, of how many; 0 while that is not known.
    pub fn progress(&self) -> (usize, usize) {
        (self.control.done.load(Ordering::Relaxed), self.control.total.load(Ordering::Relaxed))
    }

    pub fn cancel(&self) {
        self.control.cancel.store(true, Ordering::Relaxed);
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.control.cancel.store(true, Ordering::Relaxed);
    }
}

/// A line that says how far a task is, with a button to stop it. True if the user stopped it.
pub fn progress_line(ui: &mut egui::Ui, theme: &super::theme::Theme, what: &str, progress: (usize, usize)) -> bool {
    ui.ctx().request_repaint_after(Duration::from_millis(100));
    let (done, total) = progress;
    let mut stopped = false;
    ui.horizontal(|ui| {
        if total > 0 {
            // A share of the work: exact enough in 32 bits.
            let share = done.min(total) as f32 / total as f32;
            ui.add(egui::ProgressBar::new(share).desired_width(90.0).desired_height(5.0).fill(theme.accent));
        } else {
            ui.label(super::icons::icon(super::icons::CIRCLE_HALF, 13.0).color(theme.text_faint));
        }
        let count = if total > 0 { format!(" · {} / {total}", done.min(total)) } else { String::new() };
        ui.label(egui::RichText::new(format!("{what}{count}")).color(theme.text_weak));
        stopped = ui.small_button(super::texts::tr("Cancel")).clicked();
    });
    stopped
}

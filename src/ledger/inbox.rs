//! What has come in for the sequencer: submissions in their order, seals that were asked for, and
//! the word to end.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use crate::key::Signer;
use crate::ledger::answers::{SealReply, send_seal};
use crate::ledger::intake::GROUP_ITEMS_MAX;
use crate::ledger::queue::Item;
use crate::ledger::submit_error::SubmitError;
use crate::ledger::witnessed::Witnessed;
use crate::ledger::witnesses::WitnessAlarm;

/// What the sequencer is asked.
#[derive(Debug)]
pub(super) enum Message {
    /// To take these, in this order.
    Submit(Vec<Item>),
    /// To write a seal now.
    Seal(SealReply),
    /// To hand the log over to another key.
    HandOver(Arc<dyn Signer>, SealReply),
    /// To keep what a quorum of witnesses has cosigned, and to say whether it is kept.
    Witnessed(Arc<Witnessed>, SyncSender<bool>),
    /// To write no more: a witness has seen another history.
    Alarm(WitnessAlarm),
    /// To answer whatever waits, and to end.
    Stop,
}

/// The sequencer's end of the queue, and what it has taken out of it and not yet answered.
#[derive(Debug)]
pub(super) struct Inbox {
    receiver: Receiver<Message>,
    pub(super) items: VecDeque<Item>,
    seals: Vec<SealReply>,
    hand_overs: VecDeque<(Arc<dyn Signer>, SealReply)>,
    witnessed: VecDeque<(Arc<Witnessed>, SyncSender<bool>)>,
    alarm: Option<WitnessAlarm>,
    is_seal_due: bool,
    is_stopping: bool,
}

impl Inbox {
    pub(super) fn new(receiver: Receiver<Message>) -> Self {
        Self {
            receiver,
            items: VecDeque::new(),
            seals: Vec::new(),
            hand_overs: VecDeque::new(),
            witnessed: VecDeque::new(),
            alarm: None,
            is_seal_due: false,
            is_stopping: false,
        }
    }

    /// Takes what has come in; waits if there is nothing to do, and for no longer than a heartbeat.
    /// Whether there is anything to do: there is not once all is answered and the end has come.
    pub(super) fn receive(&mut self, heartbeat: Option<Duration>) -> bool {
        if self.is_answered() && !self.is_stopping {
            let received = match heartbeat {
                Some(heartbeat) => self.receiver.recv_timeout(heartbeat),
                None => self.receiver.recv().map_err(|_cause| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => self.is_seal_due = true,
                Err(RecvTimeoutError::Disconnected) => self.is_stopping = true,
            }
        }
        while self.items.len() < GROUP_ITEMS_MAX {
            let Ok(message) = self.receiver.try_recv() else { break };
            self.take(message);
        }
        !self.is_stopping || !self.is_answered()
    }

    /// Those who wait for a seal, and whether one is due, for them or for the heartbeat.
    pub(super) fn take_seals(&mut self) -> (Vec<SealReply>, bool) {
        let seals = mem::take(&mut self.seals);
        let is_due = mem::take(&mut self.is_seal_due) || !seals.is_empty();
        (seals, is_due)
    }

    /// A key that the log is to be handed over to, and who waits for that.
    pub(super) fn take_hand_over(&mut self) -> Option<(Arc<dyn Signer>, SealReply)> {
        self.hand_overs.pop_front()
    }

    /// What a quorum has cosigned, and who waits for it to be kept.
    pub(super) fn take_witnessed(&mut self) -> Option<(Arc<Witnessed>, SyncSender<bool>)> {
        self.witnessed.pop_front()
    }

    /// What a witness has raised the alarm about.
    pub(super) const fn take_alarm(&mut self) -> Option<WitnessAlarm> {
        self.alarm.take()
    }

    /// Answers everybody with `error`, those who are still to come too, until the end.
    pub(super) fn turn_away(&mut self, error: impl Fn() -> SubmitError) {
        loop {
            for item in self.items.drain(..) {
                item.reply.send(Err(error()));
            }
            self.alarm = None;
            // Who waits for one of these is told by its end.
            self.witnessed.clear();
            let hand_overs = self.hand_overs.drain(..).map(|(_, reply)| reply);
            for seal in self.seals.drain(..).chain(hand_overs) {
                send_seal(&seal, Err(error()));
            }
            if self.is_stopping {
                return;
            }
            match self.receiver.recv() {
                Ok(message) => self.take(message),
                Err(_cause) => return,
            }
        }
    }

    fn is_answered(&self) -> bool {
        self.items.is_empty()
            && self.seals.is_empty()
            && self.hand_overs.is_empty()
            && self.witnessed.is_empty()
            && self.alarm.is_none()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Submit(items) => self.items.extend(items),
            Message::Seal(reply) => self.seals.push(reply),
            Message::HandOver(to, reply) => self.hand_overs.push_back((to, reply)),
            Message::Witnessed(witnessed, reply) => self.witnessed.push_back((witnessed, reply)),
            Message::Alarm(alarm) => self.alarm = Some(alarm),
            Message::Stop => self.is_stopping = true,
        }
    }
}

//! The wrapper around one server: lines in, steps of the session, lines out.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use seawall_base::{ErrorCode, printable};
use seawall_gateway::mcp::{Book, Rules, Session, Step};
use seawall_gateway::{Mode, Route};
use seawall_llm::mcp::{Sender, error_body};
use seawall_net::TaskSet;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::Wrap;
use super::clerk::Clerk;
use super::pipe::{Line, ServerLines, client_lines, log};
use crate::app::{App, Hinted, Outcome};

/// Characters of a server's name.
const NAME_MAX: usize = 200;
/// How long a server may take to end once its client is gone.
const END_MAX: Duration = Duration::from_secs(5);
/// How long verdicts gather.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// Runs the server until it or its client ends.
pub(super) async fn run(args: &Wrap, app: &App) -> anyhow::Result<Outcome> {
    let Some((program, arguments)) = args.server.split_first() else {
        return Err(Hinted::new(
            "there is no server to stand around",
            "name its command after `--`, such as `seawall mcp -- files-server /srv`",
        )
        .into());
    };
    let name = args.name.clone().unwrap_or_else(|| args.server.join(" "));
    let name = printable(&name, NAME_MAX);
    let clerk = Clerk::new(app, args.state.clone(), name.clone())?;
    let pins = clerk.pins().await.context("the pins cannot be read")?;
    let mut route = Route::new(format!("mcp/{name}"), Some(args.guard()?));
    if args.shadow {
        route.mode = Mode::Shadow;
    }
    let mut rules = Rules::new(route);
    rules.json.bytes_max = args.message_bytes;
    rules.tools = (!args.tools.is_empty()).then(|| args.tools.iter().cloned().collect());
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", printable(program, NAME_MAX)))?;
    let tasks = TaskSet::new();
    if let Some(stderr) = child.stderr.take() {
        tasks.spawn(log(stderr));
    }
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
        anyhow::bail!("the server has no standard input or output");
    };
    let mut wrapper = Wrapper {
        session: Session::new(rules, Book::of(&name, &pins)),
        clerk,
        app,
        server: Some(stdin),
    };
    let pumped = wrapper.pump(stdout, args.message_bytes).await;
    drop(wrapper.server.take());
    let code = ended(&mut child).await;
    tasks.drain(END_MAX).await;
    let kept = wrapper.clerk.flush().await;
    pumped?;
    kept.context("the last verdicts could not be recorded")?;
    Ok(code.map_or(Outcome::Failed, Outcome::Code))
}

/// Waits for the server, and ends it where it does not.
async fn ended(child: &mut Child) -> Option<u8> {
    if let Ok(Ok(status)) = tokio::time::timeout(END_MAX, child.wait()).await {
        return status.code().and_then(|code| u8::try_from(code).ok());
    }
    drop(child.kill().await);
    None
}

struct Wrapper<'a> {
    session: Session,
    clerk: Clerk<'a>,
    app: &'a App,
    server: Option<ChildStdin>,
}

impl Wrapper<'_> {
    async fn pump(&mut self, stdout: ChildStdout, bytes_max: usize) -> anyhow::Result<()> {
        let mut client = client_lines();
        let mut server = ServerLines::new(stdout, bytes_max);
        let mut tick = tokio::time::interval(FLUSH_EVERY);
        loop {
            tokio::select! {
                line = client.recv() => match line {
                    Some(line) => self.line(Sender::Client, line).await?,
                    None => return Ok(()),
                },
                line = server.next() => match line? {
                    Some(line) => self.line(Sender::Server, line).await?,
                    None => return Ok(()),
                },
                _ = tick.tick() => if let Err(error) = self.clerk.flush().await {
                    App::warn(&format!("verdicts wait to be recorded: {error:#}"));
                },
            }
        }
    }

    async fn line(&mut self, sender: Sender, line: Line) -> anyhow::Result<()> {
        match line {
            Line::Message(bytes) if bytes.trim_ascii().is_empty() => Ok(()),
            Line::Message(bytes) if bytes.len() <= self.session.rules().json.bytes_max => {
                for step in self.session.take(sender, &bytes) {
                    self.step(sender, step).await?;
                }
                Ok(())
            }
            _ => self.too_long(sender).await,
        }
    }

    /// Nobody read whose message it was, so nobody is left waiting for it.
    async fn too_long(&mut self, sender: Sender) -> anyhow::Result<()> {
        let why = "A message is larger than the limit.";
        if sender == Sender::Client {
            let body = error_body(None, ErrorCode::BodyTooLarge, why);
            self.send(Sender::Server, body).await?;
        }
        let told = self.session.unreadable(sender, why);
        let told = told.strip_suffix(b"\n").unwrap_or(&told).to_vec();
        if told.is_empty() {
            return Ok(());
        }
        self.send(sender, told).await
    }

    async fn step(&mut self, sender: Sender, step: Step) -> anyhow::Result<()> {
        let (now, principal) = (self.app.clock.now(), Clerk::principal());
        let id = self.app.ids.next("req", now).to_string();
        let draft = step.draft(self.session.rules(), &id, &principal, now);
        let mut kept = match draft {
            Some(draft) => self.clerk.keep(draft.body, step.is_refusal()).await,
            None => Ok(()),
        };
        for news in &step.news {
            if kept.is_ok() {
                kept = self.clerk.show(news).await;
            }
        }
        let step = match kept {
            Ok(()) => step,
            Err(error) => {
                App::warn(&format!("a decision could not be recorded: {error:#}"));
                step.unrecorded()
            }
        };
        let other = match sender {
            Sender::Client => Sender::Server,
            Sender::Server => Sender::Client,
        };
        if let Some(held) = step.held {
            self.session.forget(held.id());
            let why = "A person has to decide about this call. Put the server behind the gateway, \
                       where held calls wait, or approve the changed tool with `seawall mcp pins`.";
            let refused = held.refused(ErrorCode::ApprovalTimeout, why);
            return self.send(other, refused).await;
        }
        if let Some(bytes) = step.forward {
            self.send(sender, bytes).await?;
        }
        match step.answer {
            Some(bytes) => self.send(other, bytes).await,
            None => Ok(()),
        }
    }

    /// Sends a line of `from` to the side that it is for.
    async fn send(&mut self, from: Sender, mut line: Vec<u8>) -> anyhow::Result<()> {
        line.push(b'\n');
        match (from, &mut self.server) {
            (Sender::Server, _) => {
                App::print(&String::from_utf8(line)?)?;
                std::io::Write::flush(&mut std::io::stdout())?;
                Ok(())
            }
            (Sender::Client, Some(server)) => {
                server.write_all(&line).await?;
                Ok(server.flush().await?)
            }
            (Sender::Client, None) => Ok(()),
        }
    }
}

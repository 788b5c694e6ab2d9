//! Client and server against each other, and what strangers may not do.
#![allow(clippy::unwrap_used)]

use domicile_http::client::{Client, Url};
use domicile_http::server::{Limits, Question, Reply, serve};
use hyper::StatusCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits {
    connections: 2,
    wait: Duration::from_millis(300),
    body: 100,
};

async fn start() -> (String, watch::Sender<bool>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopping) = watch::channel(false);
    let echo = |question: Question| async move {
        let text = format!("{} {} ", question.method, question.path);
        let body = String::from_utf8_lossy(&question.body).into_owned();
        Reply::text(StatusCode::OK, text + &body)
    };
    let task = tokio::spawn(serve(listener, LIMITS, echo, stopping));
    (address, stop, task)
}

fn client(address: &str) -> Client {
    let url: Url = format!("http://{address}/prefix").parse().unwrap();
    Client::new(url, Duration::from_secs(5))
}

#[tokio::test]
async fn questions_are_answered_and_a_stopped_server_ends() {
    let (address, stop, task) = start().await;
    let mut client = client(&address);
    let answer = client.get("a/b", 100).await.unwrap();
    assert_eq!(answer.body, b"GET /prefix/a/b ");
    assert_eq!(answer.content_type, "text/plain; charset=utf-8");
    let answer = client.post("c", "body".into(), 100).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..]),
        (200, &b"POST /prefix/c body"[..])
    );
    stop.send_replace(true);
    task.await.unwrap();
    assert!(client.get("a", 100).await.is_err());
}

#[tokio::test]
async fn what_is_too_long_or_too_slow_ends() {
    let (address, _stop, _task) = start().await;
    let mut client = client(&address);
    let answer = client.post("c", "a".repeat(101), 100).await.unwrap();
    assert_eq!(answer.status, 413);
    let error = client.get(&"a".repeat(200), 100).await.unwrap_err();
    assert!(error.to_string().contains("more than 100 bytes"), "{error}");
    // A header that never ends, and a body that never comes.
    for begun in [
        "GET / HTTP/1.1\r\nHost: ",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest));
        ended.await.expect("the server ends it").unwrap();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"));
    }
}

#[tokio::test]
async fn idle_strangers_do_not_keep_others_out_for_long() {
    let (address, _stop, _task) = start().await;
    let _idle = [
        TcpStream::connect(&address).await.unwrap(),
        TcpStream::connect(&address).await.unwrap(),
    ];
    assert_eq!(client(&address).get("a", 100).await.unwrap().status, 200);
}

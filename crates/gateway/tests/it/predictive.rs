//! Predictive models behind the gateway: exchanges shaped like those of Triton and TensorFlow Serving.

use std::sync::Arc;

use http::{Method, StatusCode};
use seawall_evidence::Kind;
use seawall_gateway::{Input, PredictRoute, PredictRules, Route};
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::harness::{Answer, CANARY, Harness, guard};

async fn harness(rules: PredictRules) -> Harness {
    Harness::with(KeyLimits::default(), |config| {
        let mut route = Route::new("scoring", Some(guard()));
        route.models = vec!["credit".to_owned()];
        config.predict = vec![Arc::new(PredictRoute::new(route, rules))];
    })
    .await
}

async fn post(harness: &Harness, path: &str, body: &Value) -> Answer {
    harness
        .send(harness.request(Method::POST, path, body.to_string()))
        .await
}

fn triton(values: &[f64]) -> Value {
    json!({"id": "7", "inputs": [{"name": "x", "shape": [1, values.len()], "datatype": "FP32", "data": values}]})
}

fn triton_answers() -> Value {
    json!({"id": "7", "model_name": "credit", "model_version": "1", "outputs": [
        {"name": "y", "datatype": "FP32", "shape": [1, 3], "data": [0.123456, 0.7, 0.176544]}]})
}

#[tokio::test]
async fn a_triton_exchange_passes_rounded_and_cut_to_its_top() {
    let rules = PredictRules {
        decimals: Some(2),
        top: Some(2),
        ..PredictRules::default()
    };
    let harness = harness(rules).await;
    harness.upstream_answers(&triton_answers());
    let answer = post(&harness, "/v2/models/credit/infer", &triton(&[0.5, 1.0])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["outputs"][0]["data"], json!([0.0, 0.7, 0.18]));
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent, triton(&[0.5, 1.0]));
    assert!(harness.upstream.heads()[0].starts_with("POST /v2/models/credit/infer "));
    let settled = harness.settlement().await;
    assert_eq!(
        (&settled["model"], &settled["status"]),
        (&json!("credit"), &json!(200))
    );
    harness.entries(Kind::Verdict, 2).await;
}

#[tokio::test]
async fn a_tensorflow_exchange_passes_and_its_metadata_too() {
    let harness = harness(PredictRules::default()).await;
    harness.upstream_answers(&json!({"predictions": [[0.9, 0.1]]}));
    let asked = json!({"signature_name": "serving_default", "instances": [[1.0, 2.0]]});
    let answer = post(&harness, "/v1/models/credit:predict", &asked).await;
    assert_eq!(answer.json()["predictions"], json!([[0.9, 0.1]]));
    harness.upstream_answers(&json!({"model_spec": {"name": "credit", "version": "1"}}));
    let request = harness.request(Method::GET, "/v1/models/credit/metadata", "");
    assert_eq!(
        harness.send(request).await.json()["model_spec"]["name"],
        "credit"
    );
}

#[tokio::test]
async fn texts_in_tensors_are_inspected_both_ways() {
    let harness = harness(PredictRules::default()).await;
    let text = |text: &str| json!({"inputs": [{"name": "t", "shape": [1], "datatype": "BYTES", "data": [text]}]});
    let answer = post(&harness, "/v2/models/credit/infer", &text(CANARY)).await;
    assert_eq!(answer.code(), "blocked_by_policy");
    assert!(harness.upstream.bodies().is_empty());
    harness.upstream_answers(&json!({"predictions": [CANARY]}));
    let asked = json!({"instances": ["hello"]});
    let answer = post(&harness, "/v1/models/credit:predict", &asked).await;
    assert_eq!(answer.code(), "blocked_by_policy");
    assert!(!answer.text().contains(CANARY));
}

#[tokio::test]
async fn inputs_beyond_what_is_declared_never_reach_the_model() {
    let rules = PredictRules {
        inputs: vec![Input {
            name: "x".to_owned(),
            datatype: Some("FP32".to_owned()),
            shape: Some(vec![None, Some(2)]),
            minimum: Some(0.0),
            maximum: Some(1.0),
            expected: None,
        }],
        ..PredictRules::default()
    };
    let harness = harness(rules).await;
    let path = "/v2/models/credit/infer";
    for body in [
        triton(&[0.5, 7.0]),
        triton(&[0.5]),
        json!({"inputs": [{"name": "z", "shape": [1, 2], "datatype": "FP32", "data": [0, 0]}]}),
        json!({"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [0, 0]}]}),
        json!({"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}]}),
    ] {
        let answer = post(&harness, path, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let infinite =
        r#"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[NaN,Infinity]}]}"#;
    let answer = harness
        .send(harness.request(Method::POST, path, infinite))
        .await;
    assert_eq!(answer.code(), "invalid_json");
    assert!(harness.upstream.bodies().is_empty());
}

#[tokio::test]
async fn queries_that_resemble_one_another_end_at_their_limit() {
    let rules = PredictRules {
        similar_max: Some(3),
        ..PredictRules::default()
    };
    let harness = harness(rules).await;
    let path = "/v2/models/credit/infer";
    for step in 0..4 {
        harness.upstream_answers(&triton_answers());
        let answer = post(&harness, path, &triton(&[f64::from(step), 2.0, 3.0, 4.0])).await;
        assert_eq!(answer.status, 200);
    }
    let answer = post(&harness, path, &triton(&[9.0, 2.0, 3.0, 4.0])).await;
    assert_eq!(answer.code(), "rate_limit_exceeded");
    assert_eq!(harness.upstream.bodies().len(), 4);
}

#[tokio::test]
async fn management_bytes_and_strangers_are_refused() {
    let harness = harness(PredictRules::default()).await;
    for (method, path) in [
        (Method::POST, "/v2/repository/models/credit/load"),
        (Method::POST, "/v2/repository/index"),
        (Method::GET, "/v2/models/credit/config"),
        (Method::GET, "/v2/models/credit/stats"),
        (Method::POST, "/v2/models/credit/trace/setting"),
        (Method::POST, "/models?url=http://x.example/m.mar"),
        (Method::DELETE, "/models/credit"),
        (Method::POST, "/v2/systemsharedmemory/region/a/register"),
    ] {
        let answer = harness.send(harness.request(method, path, "{}")).await;
        assert_eq!(answer.code(), "not_found", "{path}");
    }
    let other = post(&harness, "/v2/models/fraud/infer", &triton(&[1.0])).await;
    assert_eq!(other.code(), "model_not_found");
    let mut request = harness.request(Method::POST, "/v2/models/credit/infer", "{}");
    request
        .headers_mut()
        .insert("inference-header-content-length", "2".parse().unwrap());
    assert_eq!(harness.send(request).await.code(), "unsupported_content");
    let mut request = harness.request(Method::POST, "/predictions/credit", vec![0xff, 0xd8]);
    request
        .headers_mut()
        .insert("content-type", "image/jpeg".parse().unwrap());
    assert_eq!(harness.send(request).await.code(), "unsupported_content");
    let mut request = harness.request(Method::POST, "/v2/models/credit/infer", "{}");
    request.headers_mut().remove("authorization");
    assert_eq!(harness.send(request).await.status, 401);
    assert!(harness.upstream.bodies().is_empty());
}

#[tokio::test]
async fn errors_of_a_model_server_keep_their_texts() {
    let harness = harness(PredictRules::default()).await;
    let error = json!({"error": "Traceback: /opt/models/credit/1/model.py line 7"});
    harness.upstream_says(500, "application/json", error.to_string().as_bytes());
    let answer = post(&harness, "/v2/models/credit/infer", &triton(&[1.0])).await;
    assert_eq!(answer.status, 502);
    assert!(!answer.text().contains("model.py"));
}

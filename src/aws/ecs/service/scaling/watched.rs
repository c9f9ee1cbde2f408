//! What an alarm or a policy looks at: a metric of CloudWatch, by its name, namespace and
//! dimensions.

use crate::aws::ecs::reader::{Keys, Reader};
use crate::aws::json::{Object, Part};
use crate::aws::scaling::Metric;

/// A metric, and of which service it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The metric; one that is no service's is [`Metric::Custom`].
    pub metric: Metric,
    /// Name of the service, where a dimension says it; without, that which is acted on.
    pub service: Option<String>,
}

const DIMENSION: Keys = Keys { kind: "a dimension", read: &["Name", "Value"], ignored: &[] };

/// The metrics of services by namespace and name (ECS Developer Guide, "Amazon ECS CloudWatch
/// metrics"; Application Load Balancers, "CloudWatch metrics"), and the statistic in which their
/// value of a minute is that of all tasks.
const METRICS: [(&str, &str, Metric, &str); 3] = [
    ("AWS/ECS", "CPUUtilization", Metric::Cpu, "Average"),
    ("AWS/ECS", "MemoryUtilization", Metric::Memory, "Average"),
    ("AWS/ApplicationELB", "RequestCountPerTarget", Metric::RequestsPerTarget, "Sum"),
];

/// Reads it off a document that has these keys; a namespace that is left out is the metric's own.
pub(super) fn watched(reader: &mut Reader, object: &Object<'_>) -> Option<Watched> {
    let name = reader.required(object, "MetricName", Reader::text);
    let namespace = reader.optional(object, "Namespace", Reader::text);
    let dimensions = reader.each(object, "Dimensions", dimension);
    let name = name?;
    let known = METRICS.iter().find(|(space, known, _, _)| {
        *known == name && namespace.as_ref().is_none_or(|it| it == space)
    });
    let metric = known.map_or_else(|| Metric::Custom(name), |(_, _, metric, _)| metric.clone());
    if let (Some((_, name, _, usual)), Some(part)) = (known, object.get("Statistic"))
        && let Some(statistic) = reader.noted(part.text())
        && statistic != *usual
    {
        let title = format!("the `{statistic}` of `{name}` is not simulated");
        reader.wrong(part.span(), title, format!("write `{usual}`, which is that of all tasks"));
    }
    let service = dimensions.into_iter().find(|(name, _)| name == "ServiceName");
    Some(Watched { metric, service: service.map(|(_, value)| value) })
}

fn dimension(reader: &mut Reader, part: Part<'_>) -> Option<(String, String)> {
    let object = reader.object(part, DIMENSION)?;
    let name = reader.required(&object, "Name", Reader::text);
    let value = reader.required(&object, "Value", Reader::text);
    Some((name?, value?))
}

import { z } from 'zod';

/** The values of the Helm chart: values.schema.json is made of this, and values.yaml is tested against it. */

const anyObject = z.looseObject({});
const stringMap = z.record(z.string(), z.string());
const quantity = z.union([z.string(), z.number()]);
const port = z.number().int().min(1).max(65535);
const duration = z.string().regex(/^\d+(ms|s|m|h)$/);
/** RFC 1123 as far as Helm's checker needs it. */
const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
const optionalName = z.union([name, z.literal('')]);

const image = {
  repository: z.string().min(1).describe('Image without tag.'),
  tag: z.string().describe('Tag.'),
  digest: z
    .string()
    .regex(/^(sha256:[0-9a-f]{64})?$/)
    .describe('Digest; it counts before the tag.'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When the image is pulled.'),
};

const containerResources = z.looseObject({
  requests: z.record(z.string(), quantity).optional(),
  limits: z.record(z.string(), quantity).optional(),
});
const resources = containerResources.describe(
  'Requests and limits of the container. The heap is made to fit the memory limit.',
);

const scheduling = {
  nodeSelector: stringMap.describe('Labels of nodes that the pods may run on.'),
  tolerations: z.array(anyObject).describe('Taints that the pods tolerate.'),
  affinity: anyObject.describe('Affinity of the pods.'),
  priorityClassName: optionalName.describe('Priority class of the pods.'),
};

const pod = {
  resources,
  ...scheduling,
  podLabels: stringMap.describe('More labels of the pods.'),
  podAnnotations: stringMap.describe('Annotations of the pods.'),
};
const logLevel = z.enum(['debug', 'info', 'warn', 'error', 'silent']).describe('Least level that is logged.');

export const ChartValues = z.strictObject({
  global: anyObject.optional().describe("A parent chart's global values; not used."),
  nameOverride: optionalName.describe("Replaces the chart's name in the names of objects."),
  fullnameOverride: optionalName.describe('Replaces release and chart in the names of objects.'),
  commonLabels: stringMap.describe('More labels of every object.'),
  image: z.strictObject(image).describe("The hooks' image. Without a tag it is the chart's appVersion."),
  imagePullSecrets: z.array(z.strictObject({ name })).describe('Pull secrets of all pods.'),
  runAsUser: z
    .union([z.number().int().min(1), z.null()])
    .optional()
    .describe('User and group of all pods; null leaves it to the platform (OpenShift).'),
  namespaces: z
    .array(name)
    .describe('The only namespaces that Metacontroller may write to; empty: all. It reads all of them all the same.'),
  controlNamespaces: z
    .array(name)
    .describe('Namespaces from which logs of other namespaces may be selected, by their exact names.'),
  btp: z
    .strictObject({
      enabled: z.boolean().describe("Relate BTP's ServiceBindings, for status only. Their CRDs must be there."),
    })
    .describe('SAP BTP.'),
  hooks: z
    .strictObject({
      replicas: z.number().int().min(1).describe('Replicas; any number may answer.'),
      logLevel,
      listenAddress: z.string().min(1).describe('Address to listen on; "::" in a cluster that has IPv6 only.'),
      port: port.describe('Port of the pods and of the Service.'),
      timeout: duration.describe('How long Metacontroller waits for an answer.'),
      drainSeconds: z
        .number()
        .int()
        .min(0)
        .max(30)
        .describe('How long a pod that ends still answers, until nobody calls it any more.'),
      maxInFlight: z.number().int().min(1).describe('Calls at one time; more are turned away, to be repeated.'),
      bodyLimit: z
        .string()
        .regex(/^\d+(kb|mb)$/)
        .describe('Largest request.'),
      ...pod,
      topologySpreadConstraints: z
        .union([z.array(anyObject), z.null()])
        .optional()
        .describe('How the pods are spread; null: over nodes and zones where possible.'),
    })
    .describe('The hooks that Metacontroller calls.'),
  trial: z
    .strictObject({
      enabled: z.boolean().describe('Try each configuration with a real Fluent Bit before it goes live.'),
      image: z
        .strictObject(image)
        .describe("The hooks' program beside Fluent Bit. Without a tag it is the chart's appVersion."),
      replicas: z.number().int().min(1).describe('Replicas; each remembers its own verdicts.'),
      logLevel,
      concurrency: z.number().int().min(1).max(64).describe('Trials at once in each replica.'),
      queue: z.number().int().min(0).describe('Candidates that may wait; more are turned away, to be repeated.'),
      seconds: z.number().min(0.5).max(60).describe('How long a trial may take.'),
      memoryMiB: z.number().int().min(64).describe('How much memory a trial may take, in MiB.'),
      ...pod,
      resources: containerResources.describe(
        'Requests and limits of the container. A memory limit that is left out is made to fit the trials at once; one that is too small for them is refused.',
      ),
    })
    .describe('The trial server. Code of tenants runs there, beside no credential but its own.'),
  metacontroller: z
    .strictObject({
      mode: z.enum(['own', 'existing']).describe('Install Metacontroller for fluentbind, or use one that is there.'),
      image: z.strictObject(image).describe("Metacontroller's image."),
      replicas: z.number().int().min(1).describe('More than one elect a leader; the others stand by.'),
      workers: z.number().int().min(1).describe('Resources that are worked on at one time, for each controller.'),
      clientGoQps: z.number().min(1).describe('Calls of the API server a second.'),
      clientGoBurst: z.number().int().min(1).describe('Calls of the API server at once.'),
      logLevel: z.number().int().min(0).max(4).describe('Verbosity. From 5 on Secrets would be logged.'),
      ...pod,
      existing: z
        .strictObject({
          serviceAccount: z
            .strictObject({
              name: optionalName.describe('Name of its ServiceAccount.'),
              namespace: optionalName.describe('Namespace of its ServiceAccount and of its pods.'),
            })
            .describe('Who gets the rights.'),
          podSelector: anyObject.describe('Its pods in that namespace, for the NetworkPolicy; empty: all.'),
          labels: stringMap.describe('Labels that its --target-label-selector asks for.'),
        })
        .describe('With mode existing: Metacontroller 4.16 or newer.'),
    })
    .describe('Metacontroller.'),
  crds: z
    .strictObject({
      upgrade: z
        .boolean()
        .describe('Bring the CRDs up to date by a Job before install and upgrade, which Helm does not.'),
    })
    .describe('Helm installs CRDs where they are missing (not with --skip-crds), and never removes them.'),
  templates: z
    .strictObject({ install: z.boolean().describe('Install the bundled ClusterTemplates.') })
    .describe('ClusterTemplates.'),
  agent: z
    .strictObject({
      enabled: z.boolean().describe('Make the rights of agents, and those of Metacontroller to write them.'),
      install: z.boolean().describe('Make one FluentBitAgent.'),
      name: name.describe('Its name.'),
      spec: anyObject.describe('Its spec: kubectl explain fluentbitagent.spec.'),
      image: z.strictObject(image).describe("The agents' image. Without a tag it is the chart's appVersion."),
      namespaces: z.array(name).describe('Namespaces besides that of the release in which agents may run.'),
      podMonitor: z
        .strictObject({
          enabled: z.boolean().describe('Make a PodMonitor.'),
          labels: stringMap.describe('Labels that Prometheus selects PodMonitors by.'),
          interval: duration.describe('How often the metrics are read.'),
        })
        .describe('For the Prometheus operator.'),
      prometheusRule: z
        .strictObject({
          enabled: z.boolean().describe('Make a PrometheusRule.'),
          labels: stringMap.describe('Labels that Prometheus selects PrometheusRules by.'),
        })
        .describe('Alerts, for the Prometheus operator.'),
    })
    .describe('Fluent Bit on the nodes.'),
  rbac: z
    .strictObject({
      userRoles: z.boolean().describe("Add fluentbind's kinds to the cluster's roles admin, edit and view."),
      readTemplates: z.boolean().describe('Let every authenticated user read ClusterTemplates.'),
    })
    .describe('Rights of users.'),
  credentials: z
    .strictObject({
      mode: z
        .enum(['job', 'cert-manager', 'provided'])
        .describe('Who makes the certificate of the hooks. Token and digest key are made by the Job in both first.'),
      rotate: z
        .string()
        .max(40)
        .regex(/^[-._A-Za-z0-9]*$/)
        .describe(
          'Any new value makes new credentials at the next upgrade; the former stay valid until the one after.',
        ),
      removeOnUninstall: z.boolean().describe('Delete the Secrets that the Job made when the release is uninstalled.'),
      job: z
        .strictObject({
          ...pod,
          deadlineSeconds: z.number().int().min(30).describe('How long a Job may take, image pull included.'),
        })
        .describe('Pods of the Jobs.'),
      certManager: z
        .strictObject({
          caDuration: duration.describe("Lifetime of the authority's certificate."),
          duration: duration.describe("Lifetime of the hooks' certificate."),
          renewBefore: duration.describe('How long before its end it is renewed.'),
        })
        .describe('With mode cert-manager.'),
      provided: z
        .strictObject({
          tlsSecret: optionalName.describe('tls.crt and tls.key for <fullname>.<namespace>.svc, and ca.crt.'),
          tokenSecret: optionalName.describe('token (sent by Metacontroller) and tokens (all accepted, one a line).'),
          digestSecret: optionalName.describe('keys: digest keys, one a line, the newest first.'),
          trialTlsSecret: optionalName.describe(
            'tls.crt and tls.key for <fullname>-trial.<namespace>.svc, and ca.crt.',
          ),
          trialTokenSecret: optionalName.describe(
            'token (sent by the hooks) and tokens (all that the trial server accepts, one a line).',
          ),
        })
        .describe('With mode provided: names of Secrets in the namespace of the release.'),
    })
    .describe('What Metacontroller and the hooks know each other by, and the hooks and the trial server.'),
  admission: z
    .strictObject({
      enabled: z.boolean().describe('Have the API server ask the hooks before it takes what users apply.'),
      failurePolicy: z
        .enum(['Ignore', 'Fail'])
        .describe('What happens while the hooks do not answer: everything is taken, or nothing.'),
      timeoutSeconds: z.number().int().min(1).max(30).describe('How long the API server waits for an answer.'),
      namespaceSelector: anyObject.describe(
        'Namespaces whose objects are looked at; empty: all, or those in namespaces.',
      ),
      caBundle: z
        .string()
        .describe("Certificates that the hooks' is signed by, PEM; empty: those of the Secret, or cert-manager's."),
      addresses: z
        .boolean()
        .describe('Let nobody but Metacontroller set the labels by which agents find ConfigMaps and Secrets.'),
    })
    .describe('What the API server takes from users.'),
  networkPolicy: z
    .strictObject({
      enabled: z.boolean().describe('Let in and out only what is needed.'),
      apiServerPorts: z.array(port).describe('Ports of the API server, before and behind its Service.'),
      apiServerCidrs: z.array(z.string()).describe('Addresses of the API server; empty: any.'),
      webhookCidrs: z
        .array(z.string())
        .describe('Addresses from which the API server calls the webhook; empty: any, with no token but TLS.'),
      dnsPorts: z.array(port).describe('Ports of the cluster DNS, before and behind its Service.'),
    })
    .describe('NetworkPolicies.'),
  metrics: z
    .strictObject({
      enabled: z.boolean().describe('Let Prometheus in, and serve the metrics of Metacontroller.'),
      namespaceSelector: anyObject.describe('Namespaces that Prometheus runs in.'),
      podSelector: anyObject.describe('Its pods there; empty: all.'),
      serviceMonitor: z
        .strictObject({
          enabled: z.boolean().describe('Make ServiceMonitors; turns the metrics on.'),
          labels: stringMap.describe('Labels that Prometheus selects ServiceMonitors by.'),
          interval: duration.describe('How often the metrics are read.'),
        })
        .describe('For the Prometheus operator.'),
      dashboard: z
        .strictObject({
          enabled: z.boolean().describe('Make a ConfigMap with a dashboard.'),
          namespace: optionalName.describe('Where Grafana looks for it; empty: the namespace of the release.'),
          labels: stringMap.describe('Labels that Grafana finds it by.'),
        })
        .describe('For Grafana.'),
    })
    .describe('Metrics.'),
});

/** Draft 7, which Helm 3 reads. Nothing is required: what a user leaves out has its default in values.yaml. */
export function valuesSchema(): string {
  const schema = z.toJSONSchema(ChartValues, {
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      delete jsonSchema.required;
      delete jsonSchema.propertyNames;
    },
  });
  return `${JSON.stringify({ ...schema, title: 'Values of the chart fluentbind' }, undefined, 2)}\n`;
}

import { fluentBitAgent } from '../api/kinds/fluent-bit-agent.ts';
import { fluentBitReport } from '../api/kinds/fluent-bit-report.ts';
import { fluentBitRoute } from '../api/kinds/fluent-bit-route.ts';
import { fluentBitShard } from '../api/kinds/fluent-bit-shard.ts';
import type { Kind } from '../api/kinds/kind.ts';
import { loggingConfiguration } from '../api/kinds/logging-configuration.ts';
import { serviceBindingConfig } from '../api/kinds/service-binding-config.ts';
import { clusterTemplate, template } from '../api/kinds/template.ts';
import { apiVersion } from '../api/object.ts';
import type { ResourceKind } from './related.ts';

/** A kind of ours as controllers and their rules name it. */
function resourceOf({ kind, plural }: Kind): ResourceKind {
  return { apiVersion, kind, resource: plural };
}

export const clusterTemplates = resourceOf(clusterTemplate);
export const fluentBitAgents = resourceOf(fluentBitAgent);
export const fluentBitReports = resourceOf(fluentBitReport);
export const fluentBitRoutes = resourceOf(fluentBitRoute);
export const fluentBitShards = resourceOf(fluentBitShard);
export const loggingConfigurations = resourceOf(loggingConfiguration);
export const serviceBindingConfigs = resourceOf(serviceBindingConfig);
export const templates = resourceOf(template);

export const configMaps: ResourceKind = { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' };
export const namespaces: ResourceKind = { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces' };
export const secrets: ResourceKind = { apiVersion: 'v1', kind: 'Secret', resource: 'secrets' };
export const services: ResourceKind = { apiVersion: 'v1', kind: 'Service', resource: 'services' };
export const daemonSets: ResourceKind = { apiVersion: 'apps/v1', kind: 'DaemonSet', resource: 'daemonsets' };
export const leases: ResourceKind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', resource: 'leases' };
export const networkPolicies: ResourceKind = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
};
/** Of the SAP BTP service operator. */
export const serviceBindings: ResourceKind = {
  apiVersion: 'services.cloud.sap.com/v1',
  kind: 'ServiceBinding',
  resource: 'servicebindings',
};

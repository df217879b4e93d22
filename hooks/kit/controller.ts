import type {
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
  DecoratorReply,
  DecoratorRequest,
} from '../api/wire/metacontroller.ts';
import type { Candidate, TrialVerdict } from '../api/wire/trial.ts';
import type { DigestKeys } from '../kubernetes/children.ts';
import type { ResourceKind } from '../kubernetes/related.ts';

/** What the operator of the hooks decides; no controller reads the environment. */
export interface HookSettings {
  /** BTP's kinds may be related only where their CRDs are: an unknown kind fails every pass. */
  btpEnabled: boolean;
  /** Namespaces from which logs of others may be selected. */
  controlNamespaces: readonly string[];
  digestKeys: DigestKeys;
  agent: AgentSettings;
}

/** What an installation says of the agents in it. */
export interface AgentSettings {
  /** Image with Fluent Bit and fluentbind. */
  image: string;
  /** ServiceAccount of their pods; it and its rights are made with the installation. */
  serviceAccount: string;
  /** Namespaces with that ServiceAccount, the one for agents that name none first. Where there are none, any will do. */
  namespaces: readonly string[];
}

/** A kind that customize asks for; one of BTP only where `btpEnabled` says that its CRD is there. */
export interface RelatedKind extends ResourceKind {
  btp?: true;
}

/**
 * Starts a real Fluent Bit with a candidate. `pending`: the verdict is not there yet, ask again soon. `unavailable`:
 * nobody tries anything at present. It answers in time for the hook to answer in time, and never rejects.
 */
export type Trial = (candidate: Candidate) => Eventual<TrialVerdict | 'pending' | 'unavailable'>;

/** Everything outside the request that a hook may depend on. */
export interface Context {
  now: Date;
  settings: HookSettings;
  /** Where trials are configured. */
  trial?: Trial;
}

/** At once, or after asking a capability of the context. */
export type Eventual<T> = T | Promise<T>;

/** What follows from a value, at once where it is there at once. */
export function whenThere<T, U>(value: Eventual<T>, next: (value: T) => U): Eventual<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

interface Base {
  /** Name in URLs, in metrics and of the file in metacontroller/. */
  name: string;
  parent: ResourceKind & { namespaced: boolean };
  /** Kinds of children or attachments: whatever else a hook returned would never be updated nor deleted. */
  children: readonly ResourceKind[];
  /** All kinds that customize asks for. Metacontroller stalls without a word where it may not watch one: RBAC is made of this. */
  related?: readonly RelatedKind[];
  customize?: (request: CustomizeRequest, context: Context) => CustomizeReply;
  /** Its related objects are many, and each pass is for a change of one: the server remembers the others. */
  incremental?: true;
}

/** A composite controller: pure functions from what stands in the cluster to what should. */
export interface CompositeController extends Base {
  type: 'composite';
  sync: (request: CompositeRequest, context: Context) => Eventual<CompositeReply>;
  finalize?: (request: CompositeRequest, context: Context) => Eventual<CompositeReply>;
}

export interface DecoratorController extends Base {
  type: 'decorator';
  sync: (request: DecoratorRequest, context: Context) => Eventual<DecoratorReply>;
  finalize?: (request: DecoratorRequest, context: Context) => Eventual<DecoratorReply>;
}

export type Controller = CompositeController | DecoratorController;
export type HookName = 'sync' | 'finalize' | 'customize';

export const defaultSettings: HookSettings = {
  btpEnabled: false,
  controlNamespaces: [],
  digestKeys: ['fluentbind'],
  agent: { image: 'fluentbind-agent', serviceAccount: 'fluentbind-agent', namespaces: [] },
};

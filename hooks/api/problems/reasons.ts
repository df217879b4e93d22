import { deliveryReasons } from './delivery-reasons.ts';
import { fleetReasons } from './fleet-reasons.ts';
import { inputReasons } from './input-reasons.ts';
import { liveReasons } from './live-reasons.ts';

/**
 * Every reason that a condition, an admission message or a CLI line can bear, with what it says and what helps.
 * `waits` marks what another object's arrival mends: such a resource is reconciling, not stalled. `advice` marks what
 * is allowed all the same.
 * The reference lists this table; a test keeps both ends together.
 */
export const reasons = {
  // What is wrong with the input
  InvalidSpec: {
    says: 'A field is missing, unknown or has a value that its schema does not allow.',
    help: 'Correct the field; `kubectl explain` shows what it takes.',
  },
  InvalidName: {
    says: 'The name of the resource cannot carry the names that are made from it.',
    help: 'Choose a name of at most 63 characters.',
  },
  TemplateNotFound: {
    says: 'The template that spec.templateRef names does not exist.',
    help: 'Create it, or name one that exists.',
    waits: true,
  },
  TemplateInvalid: {
    says: 'The template does not fit its own schema or contradicts itself.',
    help: 'Ask its owner to correct it, or choose another template.',
  },
  SecretNotFound: {
    says: 'A Secret that is referred to does not exist.',
    help: 'Create it (for a ServiceBinding: wait until the operator has), or correct the reference.',
    waits: true,
  },
  SecretInvalid: {
    says: 'A Secret is empty, is not text where text is needed, or is not the JSON document that it should be.',
    help: 'Look at the Secret with its owner; for credentials in one JSON document name its key in spec.secretRef.key.',
  },
  ConfigMapNotFound: {
    says: 'A ConfigMap that is referred to does not exist.',
    help: 'Create it, or correct the reference.',
    waits: true,
  },
  KeyNotFound: {
    says: 'A Secret or ConfigMap lacks the key, or its JSON document the property, that is referred to.',
    help: 'Add the key, or refer to one that exists.',
    waits: true,
  },
  PlaceholderUnresolved: {
    says: 'A placeholder of the template gets no value from spec.values, the Secret or a default.',
    help: 'Add the key to the Secret, or set the placeholder in spec.values.',
    waits: true,
  },
  UnknownPlaceholder: {
    says: 'spec.values names something that the template has no placeholder for.',
    help: 'Correct the name, or remove the value.',
  },
  DuplicateName: {
    says: 'A name that must be unique is used twice.',
    help: 'Rename one of the two.',
  },
  InvalidValue: {
    says: 'A value is empty, of the wrong type, too long, or does not match its pattern or enum.',
    help: 'Correct the value at its source.',
  },
  SensitiveLiteral: {
    says: 'A placeholder or variable that is marked sensitive has its value written out.',
    help: 'Move the value into a Secret and refer to it with valueFrom.secretKeyRef.',
  },
  UnknownVariable: {
    says: 'A `$(name)` or `${name}` names no variable, file or placeholder of this resource.',
    help: 'Declare it, correct the name, or write `$$(` for a literal `$(`.',
  },
  VariableInCode: {
    says: 'Code contains `$(name)` or `${`, which is never put into code.',
    help: 'Read the value from the record or the environment instead; for literal text join two strings.',
  },
  UnknownPlugin: {
    says: 'Fluent Bit has no plugin of that name and kind.',
    help: 'Correct the name.',
  },
  UnknownProperty: {
    says: 'The plugin has no such property.',
    help: 'Correct the name, or remove it.',
  },
  ReservedProperty: {
    says: 'The property belongs to fluentbind, which sets it so that pipelines stay apart.',
    help: 'Remove it; the message names what to use instead.',
  },
  DuplicateProperty: {
    says: 'Two properties are one to Fluent Bit, which ignores case and reads camelCase as snake_case.',
    help: 'Keep one of them; for several values write a list.',
  },
  UnknownParser: {
    says: 'A parser is referred to that is neither declared here nor built in.',
    help: 'Declare it under spec.parsers or spec.multilineParsers, or correct the name.',
  },
  UnfitPlugin: {
    says: 'The plugin can end or block the agent however it is set, and with it the pipelines of everybody.',
    help: 'Choose another plugin.',
  },
  MissingProperty: {
    says: 'A plugin or parser lacks a property without which Fluent Bit does not start or does nothing.',
    help: 'Add the property.',
  },
  DeprecatedProperty: {
    says: 'The property is deprecated, and this version of Fluent Bit does not start with it.',
    help: 'Remove it.',
  },
  InvalidRule: {
    says: 'A rule has too few or too many words, or one that the plugin does not know.',
    help: 'Write it as the message shows; put what has spaces into quotes.',
  },
  InvalidRegex: {
    says: 'A regular expression does not compile in Fluent Bit (Onigmo, Ruby syntax), is too large, or names no group where it must.',
    help: 'Correct the pattern; Ruby syntax has (?<name>…), and look-behinds of a fixed length only.',
  },
  SlowRegex: {
    says: 'A regular expression can take exponential time, or time that grows with the 8th power of the length of a line or more: one line would stop the agent of a node for everybody.',
    help: 'Make the parts that the message names possessive, as in `\\w++` or `(?:…)*+`, or leave out of one what another one reads.',
  },
  InvalidAccessor: {
    says: 'A record accessor is malformed, or names no key where it must.',
    help: "Write it as $key, $key['subkey'] or $key[0].",
  },
  InvalidCode: {
    says: 'Lua code does not compile, or sets no global function of the name in call.',
    help: 'Correct the code, or the name in call.',
  },
  UnknownFile: {
    says: 'A property names a file that is not declared; a file that is missing ends the agent.',
    help: 'Declare it under spec.files, or as a placeholder of type file, and write $(name).',
  },
  InvalidCertificate: {
    says: 'A certificate, key or CA is not PEM that can be read, or a CA bundle holds no certificate.',
    help: 'Put whole PEM blocks into the Secret.',
  },
  CertificateMismatch: {
    says: 'Certificate and private key do not belong together.',
    help: 'Take both from the same binding.',
  },
  CertificateExpired: {
    says: 'A client certificate is past its end.',
    help: 'Rotate the credentials; the Secret is followed at once.',
  },
  CertificateNotYetValid: {
    says: 'A client certificate begins in the future.',
    help: 'Wait, or check the clocks of issuer and cluster.',
    waits: true,
  },
  NamespaceNotAllowed: {
    says: 'Logs of another namespace are asked for from a namespace that may not.',
    help: 'Leave spec.input.namespaces out, or ask an administrator for a control namespace.',
  },
  PluginNotAllowed: {
    says: 'The policy does not let tenants use the plugin.',
    help: 'Use another plugin, or ask an administrator to allow it in the policy of the FluentBitAgent.',
  },
  CodeNotAllowed: {
    says: 'A filter holds code that the policy does not let tenants write.',
    help: 'Take the filter word for word from the ClusterTemplate in spec.templateRef, or do without code.',
  },
  DestinationNotAllowed: {
    says: 'The policy does not let outputs ship to this destination.',
    help: 'Ship to another one, or ask an administrator to allow it in the policy of the FluentBitAgent.',
  },
  IdentityNotAllowed: {
    says: 'An output would use an identity that the node or the agent has from its cloud.',
    help: 'Give the output credentials of its own, or ask an administrator to name it in policy.ambientIdentity.',
  },
  ProxyNotAllowed: {
    says: 'The policy does not let outputs choose their proxy.',
    help: 'Remove the property, or ask an administrator to set policy.proxies.',
  },
  PathNotAllowed: {
    says: 'A property names a path of the node, or a file that leads to one.',
    help: 'Declare the file under spec.files and write $(name), or remove the property.',
  },
  SecretNotAllowed: {
    says: 'A Secret is a token of a ServiceAccount or bootstrap token, or a release of Helm: no source of log shipping.',
    help: 'Refer to a Secret with the credentials of the backend.',
  },
  ...inputReasons,
  InvalidPolicy: {
    says: 'A policy names a plugin that does not exist or cannot be allowed, or no address where one is needed.',
    help: 'Correct the entry; until then the policy before it stays in force.',
  },
  NameConflict: {
    says: 'An object that is not ours already has the name of a child.',
    help: 'Rename or delete that object, or rename this resource.',
  },
  NamespaceNotFound: {
    says: 'The namespace in which an agent is to run does not exist.',
    help: 'Create it, or name one that exists.',
    waits: true,
  },
  TooLarge: {
    says: 'The rendered configuration or its secrets are too large for one object; of Delivering: a backend answers that a request is too large (413).',
    help: 'Split the resource, or shorten code and files; of Delivering: raise the limit of the backend.',
  },
  // Allowed, and most likely not meant
  LiteralCredential: {
    says: 'A password, token or key is written out, and everybody who may read the resource can read it.',
    help: 'Move it into a Secret and refer to it as $(name): by valueFrom of a variable, or secretKey of a placeholder.',
    advice: true,
  },
  UnverifiedTls: {
    says: 'tls.verify is off: the backend may be anybody.',
    help: 'Verify it, with tls.ca_file where its authority is not a public one.',
    advice: true,
  },
  UnusedPlaceholder: {
    says: 'Nothing in the template refers to a placeholder.',
    help: 'Remove it, or correct the name where it is meant to be used.',
    advice: true,
  },
  CostlyRegex: {
    says: 'The time that a regular expression takes grows with the 3rd to 7th power of the length of a line: a long line holds up the agent of a node.',
    help: 'Make the parts that the message names possessive, as in `[^ ]*+` or ` ++`, or leave out of one what the next one reads; `\\A` in place of `^` helps, too.',
    advice: true,
  },
  NumbersInLua: {
    says: 'A Lua filter comes after a parser of JSON: it turns integers beyond 2^53 into others, 2^63 and more into negative ones, and 1.0 into 1.',
    help: 'Put the Lua filter before the parser, or let its function return 0 for records that it does not change.',
    advice: true,
  },
  TrialRefused: {
    says: 'A real Fluent Bit does not start with the configuration, or does not come to an end with a record.',
    help: 'Correct what the message says.',
  },
  TrialPending: {
    says: 'A real Fluent Bit is being started with the configuration.',
    help: 'Nothing; it takes a few seconds.',
    waits: true,
  },
  // How things stand
  TrialSkipped: {
    says: 'The configuration is valid, but no Fluent Bit was started with it; all other checks hold.',
    help: 'Nothing; where it lasts, an administrator looks at the trial server.',
  },
  Accepted: { says: 'The resource is valid.', help: '' },
  Rendered: { says: 'Its Fluent Bit configuration is written.', help: '' },
  Ready: { says: 'The resource is valid and its configuration is written.', help: '' },
  Pending: { says: 'The children are being written.', help: '' },
  Suspended: {
    says: 'spec.suspend keeps everything as it is.',
    help: 'Set spec.suspend to false to go on.',
  },
  Disabled: {
    says: 'spec.enabled is false: nothing is shipped.',
    help: 'Set spec.enabled to true to ship.',
  },
  KeptLastGood: {
    says: 'An older, good configuration stays in force.',
    help: 'Mend what Accepted or NameConflict says.',
  },
  LastGoodLost: {
    says: 'The children were changed by hand and the last good content is not known any more.',
    help: 'Mend what Accepted says; the children are then written anew.',
  },
  Current: { says: 'The configuration in force is that of the present resource.', help: '' },
  NothingInForce: { says: 'No configuration of this resource is in force.', help: '' },
  ...liveReasons,
  ...deliveryReasons,
  ...fleetReasons,
  Valid: { says: 'No certificate is near its end.', help: '' },
  CertificateExpiring: {
    says: 'A client certificate is near its end.',
    help: 'Rotate the credentials; the Secret is followed at once.',
  },
} as const satisfies Record<string, { says: string; help: string; waits?: boolean; advice?: boolean }>;

export type Reason = keyof typeof reasons;

/** Whether the arrival of another object can mend it, without a change of this one. */
export function waits(reason: Reason): boolean {
  return 'waits' in reasons[reason];
}

/** Whether it is a warning only, which no hook refuses anything for. */
export function advises(reason: Reason): boolean {
  return 'advice' in reasons[reason];
}

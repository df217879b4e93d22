import { z } from 'zod';
import { dnsSubdomain } from './object.ts';

export const TemplateRef = z.strictObject({
  kind: z
    .enum(['ClusterTemplate', 'Template'])
    .optional()
    .describe('ClusterTemplate (default), or Template in the same namespace.'),
  name: dnsSubdomain.describe('Name of the template.'),
});

export type TemplateRef = z.infer<typeof TemplateRef>;

import { getHeapStatistics } from 'node:v8';
import { RelatedMemory } from './related-memory.ts';
import { ReplyJson } from './reply-json.ts';

/**
 * What is kept for a route whose requests and replies are mostly those of before. Of the heap, so much that the objects
 * of thousands of pipelines fit, and room is left for what is worked on. Nothing follows from it but time.
 */
export class Repetition {
  readonly parse: RelatedMemory['parse'];
  readonly encode: ReplyJson['encode'];

  constructor(heap: number = getHeapStatistics().heap_size_limit) {
    const related = new RelatedMemory(Math.floor(heap / 4));
    const replies = new ReplyJson(Math.floor(heap / 8));
    this.parse = (bytes) => related.parse(bytes);
    this.encode = (reply) => replies.encode(reply);
  }
}

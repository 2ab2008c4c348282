import { Nested, OneOf, Text } from '../http/index.js';

export class LivenessView {
  @OneOf(['ok'])
  status!: 'ok';
}

export class ReadinessChecksView {
  @OneOf(['ok', 'down'])
  database!: 'ok' | 'down';

  @OneOf(['ok', 'down'], { description: 'Redis only wakes work up: without it the process still serves' })
  redis!: 'ok' | 'down';

  @OneOf(['ok', 'draining'])
  drain!: 'ok' | 'draining';
}

export class ReadinessView {
  @OneOf(['ok', 'unavailable'], { description: '`unavailable` comes with status 503' })
  status!: 'ok' | 'unavailable';

  @Nested(() => ReadinessChecksView)
  checks!: ReadinessChecksView;

  @Text({ max: 40, description: 'Version of the time-zone data' })
  tzdata!: string;

  @Text({ max: 40, description: 'Version of OpenChair' })
  version!: string;
}

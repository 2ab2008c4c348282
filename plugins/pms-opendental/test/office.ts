import type { PluginZone } from '@openchair/plugin-kit';

/** A record as Open Dental sends it. */
export type Row = Record<string, unknown>;
export type Table =
  | 'appointments'
  | 'patients'
  | 'providers'
  | 'operatories'
  | 'schedules'
  | 'recalls'
  | 'recalltypes'
  | 'carriers'
  | 'appointmenttypes'
  | 'procedurecodes'
  | 'definitions';

export const KEYS: Readonly<Record<Table, string>> = {
  appointments: 'AptNum',
  patients: 'PatNum',
  providers: 'ProvNum',
  operatories: 'OperatoryNum',
  schedules: 'ScheduleNum',
  recalls: 'RecallNum',
  recalltypes: 'RecallTypeNum',
  carriers: 'CarrierNum',
  appointmenttypes: 'AppointmentTypeNum',
  procedurecodes: 'CodeNum',
  definitions: 'DefNum',
};

/** Long before any test. */
export const LONG_AGO = '2021-05-03 08:30:12';
export const NO_TIME = '0001-01-01 00:00:00';

/** The database of an emulated office, with a clock on the wall and a front desk. */
export class Office {
  private readonly tables = new Map<Table, Map<number, Row>>();
  private readonly lastKeys = new Map<Table, number>();

  constructor(
    private readonly zone: PluginZone,
    private readonly clock: () => number,
  ) {}

  /** Its wall time: `yyyy-MM-dd HH:mm:ss`. */
  get wallTime(): string {
    const now = this.clock();
    const seconds = String(Math.floor(now / 1_000) % 60).padStart(2, '0');
    return `${this.zone.toLocal(now).replace('T', ' ')}:${seconds}`;
  }

  wall(instant: number): string {
    return `${this.zone.toLocal(instant).replace('T', ' ')}:00`;
  }

  /** By primary key, as the lists of the API are. */
  rows(table: Table): Row[] {
    return [...this.table(table).entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
  }

  find(table: Table, key: number): Row | undefined {
    return this.table(table).get(key);
  }

  insert(table: Table, row: Row): Row {
    const next = (this.lastKeys.get(table) ?? 0) + 1;
    const whole: Row = { [KEYS[table]]: next, DateTStamp: this.wallTime, ...row };
    const key = Number(whole[KEYS[table]]);
    this.lastKeys.set(table, Math.max(next, key));
    this.table(table).set(key, whole);
    return whole;
  }

  update(table: Table, key: number, changes: Row): Row {
    const row = { ...this.find(table, key), ...changes, DateTStamp: this.wallTime };
    this.table(table).set(key, row);
    return row;
  }

  remove(table: Table, key: number): void {
    this.table(table).delete(key);
  }

  /** An appointment with everything that one has. */
  enter(row: Row): Row {
    return this.insert('appointments', {
      AptStatus: 'Scheduled',
      Pattern: '/XX/',
      Confirmed: 19,
      confirmed: 'Not Called',
      TimeLocked: 'false',
      Note: '',
      ProvHyg: 0,
      NextAptNum: 0,
      UnschedStatus: 0,
      unschedStatus: '',
      IsNewPatient: 'false',
      ProcDescript: '',
      ClinicNum: 0,
      IsHygiene: 'false',
      DateTimeArrived: NO_TIME,
      DateTimeSeated: NO_TIME,
      DateTimeDismissed: NO_TIME,
      DateTimeAskedToArrive: NO_TIME,
      InsPlan1: 0,
      InsPlan2: 0,
      colorOverride: '0,0,0',
      AppointmentTypeNum: 0,
      SecDateTEntry: this.wallTime,
      Priority: 'Normal',
      PatternSecondary: '',
      ItemOrderPlanned: 0,
      ...row,
    });
  }

  private table(name: Table): Map<number, Row> {
    const found = this.tables.get(name) ?? new Map<number, Row>();
    this.tables.set(name, found);
    return found;
  }
}

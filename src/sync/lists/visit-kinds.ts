import { Injectable } from '@nestjs/common';
import type { NewPmsAppointment } from '@openchair/plugin-kit';
import type { Frozen, Reason } from '../../catalog/index.js';
import type { Site } from '../site/site.js';
import { ListItems } from './list-item.schema.js';
import { listItemId } from './lists.js';

type Kind = Pick<NewPmsAppointment, 'procedureCodes' | 'appointmentTypeForeignId'>;

/** What the practice system is told of the kind of a visit: its procedures, and the appointment type that its reason stands for. */
@Injectable()
export class VisitKinds {
  constructor(private readonly items: ListItems) {}

  /** The reason's own procedures come before those of its type. A type that the practice system has no more is not named. */
  async of({ scope, connection, capabilities }: Site, reason: Frozen<Reason> | undefined): Promise<Kind> {
    if (!reason) return {};
    const ref = (reason.pmsTypes ?? []).find(({ connectionId }) => connectionId === connection._id);
    const listed =
      ref &&
      (await this.items.forTenant(scope).findById(listItemId(ref.connectionId, 'appointment_types', ref.foreignId)));
    const type = listed?.active ? listed : null;
    const procedureCodes = reason.procedureCodes.length > 0 ? reason.procedureCodes : (type?.procedureCodes ?? []);
    return {
      ...(procedureCodes.length > 0 ? { procedureCodes: [...procedureCodes] } : {}),
      ...(type && capabilities.takesAppointmentType ? { appointmentTypeForeignId: type.foreignId } : {}),
    };
  }
}

import { ICalCalendarMethod, ICalEventStatus, default as ical } from 'ical-generator';
import type { Appointment } from '../scheduling/index.js';

/** The visit for the patient's calendar. UID is the appointment, SEQUENCE its version: a moved visit moves, a cancelled one goes. */
export function calendarFile(
  appointment: Appointment,
  words: { summary: string; location: string; domain: string; stamp: number },
): { filename: string; contentType: string; content: string } {
  const cancelled = appointment.status === 'cancelled';
  const method = cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH;
  const calendar = ical({ prodId: '//OpenChair//Visits//EN', method });
  calendar.createEvent({
    id: `${appointment._id}@${words.domain}`,
    sequence: appointment.version,
    start: new Date(appointment.start),
    end: new Date(appointment.end),
    stamp: new Date(words.stamp),
    summary: words.summary,
    location: words.location,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  return {
    filename: 'visit.ics',
    contentType: `text/calendar; charset=utf-8; method=${method}`,
    content: calendar.toString(),
  };
}

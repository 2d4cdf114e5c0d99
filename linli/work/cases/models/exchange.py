"""The exchange with the city's hotline: its orders, what went both ways, and the sheets handed over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.core.db.fields import DistrictForeignKey, DistrictModel
from linli.foundation.core.models import StoredFile
from linli.foundation.people.models import KeptText, Person
from linli.work.cases.models.case import REQUEST_KINDS, Case, Entry
from linli.work.cases.rules.exchange import KINDS

ORDER_STATES = ("place_missing", "taken", "returned")
IN_STATES = ("taken", "refused", "set_aside")
OUT_STATES = ("waiting", "sent", "acknowledged", "dropped")


class OutsideOrder(DistrictModel):
    """One order of the city's hotline, by its own number. It has a case, or waits for a clerk to choose its place.

    `text` and the contact stand here only until there is a case. `place_told` is the address as told, masked.
    """

    public_id = models.CharField(max_length=24)
    number = models.CharField(max_length=40)
    case = DistrictForeignKey(Case, null=True)
    state = models.CharField(max_length=16, default="taken")
    digest = models.CharField(max_length=64)
    deadline = models.DateTimeField(null=True)
    urges = models.SmallIntegerField(default=0)
    place_told = models.CharField(max_length=400, blank=True)
    text = models.TextField(blank=True)
    text_original = DistrictForeignKey(KeptText, null=True)
    contact = DistrictForeignKey(Person, null=True)
    kind = models.CharField(max_length=60)
    kind_of_request = models.CharField(max_length=12)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_outsideorder_public_id", fields=["district", "public_id"]),
            # The same number is the same order, however often and by whichever way it comes.
            models.UniqueConstraint(name="cases_outsideorder_number", fields=["district", "number"]),
            models.CheckConstraint(name="cases_outsideorder_state", condition=Q(state__in=ORDER_STATES)),
            models.CheckConstraint(
                name="cases_outsideorder_request", condition=Q(kind_of_request__in=REQUEST_KINDS)
            ),
            # An order is a case, or it is on the list where its place is chosen; it is never nowhere.
            models.CheckConstraint(
                name="cases_outsideorder_somewhere",
                condition=(Q(state="taken") & Q(case__isnull=False))
                | (~Q(state="taken") & Q(case__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="cases_outsideorder_case", fields=["district", "case"]),
            models.Index(
                name="cases_outsideorder_place", fields=["district", "id"], condition=Q(state="place_missing")
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OutsideBatch(DistrictModel):
    """One sheet or one run that handed messages over; the sheet itself is kept, so that it can be taken again."""

    public_id = models.CharField(max_length=24)
    way = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    messages = models.IntegerField()
    file = DistrictForeignKey(StoredFile, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_outsidebatch_public_id", fields=["district", "public_id"]),
        ]
        indexes = [models.Index(name="cases_outsidebatch_at", fields=["district", "at", "id"])]


class OutsideMessage(DistrictModel):
    """One thing that came from the city or goes to it. `data` holds codes only; words stand in the entry of the case.

    Idempotent by number, kind and digest: what comes or is queued a second time is the row that stands already.
    """

    public_id = models.CharField(max_length=24)
    order = DistrictForeignKey(OutsideOrder, null=True)
    number = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=16)
    problem = models.CharField(max_length=40, blank=True)
    field = models.CharField(max_length=20, blank=True)
    data = models.JSONField(default=dict)
    event = models.BigIntegerField(null=True)
    entry = DistrictForeignKey(Entry, null=True)
    file = DistrictForeignKey(StoredFile, null=True)
    batch = DistrictForeignKey(OutsideBatch, null=True)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *DistrictModel.Meta.constraints,
            models.UniqueConstraint(name="cases_outsidemessage_public_id", fields=["district", "public_id"]),
            models.UniqueConstraint(
                name="cases_outsidemessage_once", fields=["district", "direction", "number", "kind", "digest"]
            ),
            models.CheckConstraint(name="cases_outsidemessage_kind", condition=Q(kind__in=KINDS)),
            models.CheckConstraint(
                name="cases_outsidemessage_state",
                condition=(Q(direction="in") & Q(state__in=IN_STATES))
                | (Q(direction="out") & Q(state__in=OUT_STATES) & Q(order__isnull=False)),
            ),
            # What was not taken says why.
            models.CheckConstraint(
                name="cases_outsidemessage_problem", condition=~Q(state="refused") | ~Q(problem="")
            ),
            # What is acknowledged was sent, and what was sent has its moment.
            models.CheckConstraint(
                name="cases_outsidemessage_sent",
                condition=~Q(state__in=["sent", "acknowledged"]) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="cases_outside_waiting", fields=["district", "id"], condition=Q(state="waiting")
            ),
            models.Index(
                name="cases_outside_refused", fields=["district", "id"], condition=Q(state="refused")
            ),
            models.Index(name="cases_outside_order", fields=["district", "order", "id"]),
        ]

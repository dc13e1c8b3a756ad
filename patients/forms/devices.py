from django import forms


class DeviceForm(forms.Form):
    """Which device a button speaks of."""

    device = forms.UUIDField(widget=forms.HiddenInput)

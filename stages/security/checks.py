"""Security: Does every caller get exactly what their role allows?"""
